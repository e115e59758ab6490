# Items: Rasch and two-parameter logistic models by this script's own likelihood, on 201 equal steps from -8 to 8 with
# the Hessian from differences of the score; persons by uniroot; fit by loops; S-X2 by visiting every answer pattern; alpha by psych.
# Writes data/items_*.csv and expected/items.json.
suppressMessages({library(jsonlite); library(numDeriv); library(psych)})
set.seed(20261124)

answer <- function(theta, a, b) {
  p <- plogis(sweep(outer(theta, b, "-"), 2, a, "*"))
  matrix(as.integer(runif(length(p)) < p), nrow(p))
}
linked <- function() {
  # three forms of six items; a person takes two of them, in turn
  x <- answer(rnorm(240, 0, 1.1), rlnorm(18, 0, 0.25), c(rnorm(6, -0.4, 0.8), rnorm(6, 0, 0.8), rnorm(6, 0.5, 0.8)))
  for (n in seq_len(nrow(x))) x[n, (n %% 3) * 6 + 1:6] <- NA
  x
}
holes <- function() {
  x <- answer(rnorm(150, 0, 1), rlnorm(8, 0, 0.3), seq(-1.5, 1.5, length.out = 8))
  x[sample(length(x), 150)] <- NA
  x
}
sets <- list(
  complete = answer(rnorm(400), c(0.7, 1, 1.3, 0.9, 1.1, 1.4), c(-1, -0.5, 0, 0.3, 0.8, 1.2)),
  linked = linked(), holes = holes(),
  small = answer(rnorm(60, 0, 1.3), rep(1, 5), c(-0.8, -0.3, 0, 0.4, 0.9)),
  alike = answer(rep(0, 200), rep(1, 6), seq(-1, 1, length.out = 6))
)

z <- seq(-8, 8, length.out = 201); w <- dnorm(z) / sum(dnorm(z))
negative <- function(d, s, x) {
  eta <- outer(s, z) + d
  p1 <- plogis(eta, log.p = TRUE); p0 <- plogis(-eta, log.p = TRUE)
  one <- ifelse(is.na(x), 0, x); zero <- ifelse(is.na(x), 0, 1 - x)
  l <- one %*% p1 + zero %*% p0
  m <- apply(l, 1, max)
  -sum(m + log(exp(l - m) %*% w))
}
score <- function(d, s, x) {
  # by person and parameter, so that the sum is the gradient of the log-likelihood
  eta <- outer(s, z) + d; p <- plogis(eta)
  one <- ifelse(is.na(x), 0, x); asked <- 1 * !is.na(x)
  l <- one %*% eta - asked %*% log1p(exp(eta))
  r <- sweep(exp(l - apply(l, 1, max)), 2, w, "*"); r <- r / rowSums(r)
  gap <- t(one) %*% r - (t(asked) %*% r) * p
  c(rowSums(gap), gap %*% z)
}
maximise <- function(f, g, start) {
  best <- optim(start, f, g, method = "BFGS", control = list(maxit = 2000, reltol = 1e-14))
  for (pass in 1:4) {
    h <- jacobian(g, best$par); step <- solve((h + t(h)) / 2, g(best$par)); best$par <- best$par - step
    if (max(abs(step)) < 1e-10) break
  }
  h <- jacobian(g, best$par)
  list(par = best$par, value = f(best$par), vcov = solve((h + t(h)) / 2))
}
warm <- function(row, a, b) {
  seen <- !is.na(row)
  root <- function(t) {
    p <- plogis(a[seen] * (t - b[seen])); q <- p * (1 - p)
    sum(a[seen] * (row[seen] - p)) + sum(a[seen]^3 * q * (1 - 2 * p)) / (2 * sum(a[seen]^2 * q))
  }
  height <- function(t) {
    p <- plogis(a[seen] * (t - b[seen]))
    sum(log(ifelse(row[seen] == 1, p, 1 - p))) + log(sum(a[seen]^2 * p * (1 - p))) / 2
  }
  grid <- seq(-12, 12, by = 0.05)  # slopes that differ can make several peaks
  top <- grid[which.max(sapply(grid, height))]
  t <- uniroot(root, top + c(-0.06, 0.06), tol = 1e-13)$root
  p <- plogis(a[seen] * (t - b[seen]))
  c(t, 1 / sqrt(sum(a[seen]^2 * p * (1 - p))))
}
posterior <- function(row, a, b, sd) {
  seen <- !is.na(row)
  like <- function(t) sapply(t, function(u) prod(ifelse(row[seen] == 1, plogis(a[seen] * (u - b[seen])), plogis(-a[seen] * (u - b[seen])))) * dnorm(u, 0, sd))
  total <- integrate(like, -Inf, Inf, rel.tol = 1e-11)$value
  m <- integrate(function(t) t * like(t), -Inf, Inf, rel.tol = 1e-11)$value / total
  v <- integrate(function(t) (t - m)^2 * like(t), -Inf, Inf, rel.tol = 1e-11)$value / total
  c(m, sqrt(v))
}
squares <- function(x, a, b, theta) {
  t(sapply(seq_len(ncol(x)), function(i) {
    seen <- !is.na(x[, i]); p <- plogis(a[i] * (theta[seen] - b[i])); v <- p * (1 - p); r <- (x[seen, i] - p)^2
    k <- p * (1 - p)^4 + (1 - p) * p^4; n <- length(p)
    infit <- sum(r) / sum(v); outfit <- mean(r / v)
    qi <- sqrt(sum(k - v^2)) / sum(v); qo <- sqrt(sum(k / v^2) / n^2 - 1 / n)
    c(infit, (infit^(1/3) - 1) * 3 / qi + qi / 3, outfit, (outfit^(1/3) - 1) * 3 / qo + qo / 3)
  }))
}
sx2 <- function(x, a, b, sd, parameters) {
  # every pattern of answers, its chance by quadrature
  k <- ncol(x); patterns <- as.matrix(expand.grid(rep(list(0:1), k))); score <- rowSums(patterns)
  chance <- apply(patterns, 1, function(u) sum(w * apply(sapply(z * sd, function(t) { p <- plogis(a * (t - b)); ifelse(u == 1, p, 1 - p) }), 2, prod)))
  total <- rowSums(x)
  sapply(seq_len(k), function(i) {
    cells <- list(); held <- c(0, 0, 0)
    for (s in 1:(k - 1)) {
      e <- sum(chance[score == s & patterns[, i] == 1]) / sum(chance[score == s])
      n <- sum(total == s); held <- held + c(n, sum(x[total == s, i]), n * e)
      if (min(held[3], held[1] - held[3]) >= 1) { cells[[length(cells) + 1]] <- held; held <- c(0, 0, 0) }
    }
    if (held[1] > 0) cells[[length(cells)]] <- cells[[length(cells)]] + held
    x2 <- sum(sapply(cells, function(h) { e <- h[3] / h[1]; (h[2] - h[3])^2 / (h[1] * e * (1 - e)) }))
    df <- length(cells) - parameters
    c(x2, df, pchisq(x2, df, lower.tail = FALSE))
  })
}
fit <- function(x, model) {
  k <- ncol(x); d0 <- qlogis(colMeans(x, na.rm = TRUE))
  if (model == "rasch") {
    g <- function(p) { v <- score(p[1:k], rep(p[k + 1], k), x); -c(v[1:k], sum(v[k + 1:k])) }
    m <- maximise(function(p) negative(p[1:k], rep(p[k + 1], k), x), g, c(d0, 1))
    b <- -m$par[1:k]; a <- rep(1, k); sd <- abs(m$par[k + 1]); se <- sqrt(diag(m$vcov))
    out <- list(difficulty = b, difficulty_se = se[1:k], sd = sd, sd_se = se[k + 1])
    vb <- m$vcov[1:k, 1:k]
  } else {
    m <- maximise(function(p) negative(p[1:k], p[k + 1:k], x), function(p) -score(p[1:k], p[k + 1:k], x), c(d0, rep(1, k)))
    d <- m$par[1:k]; a <- m$par[k + 1:k]; b <- -d / a; sd <- 1
    J <- cbind(diag(-1 / a), diag(d / a^2)); vb <- J %*% m$vcov %*% t(J)
    out <- list(difficulty = b, difficulty_se = sqrt(diag(vb)), slope = a, slope_se = sqrt(diag(m$vcov))[k + 1:k])
  }
  out$loglik <- -m$value
  few <- 1:12
  w <- t(apply(x, 1, warm, a, b))
  out$wle <- w[few, 1]; out$wle_se <- w[few, 2]
  e <- t(apply(x[few, ], 1, posterior, a, b, sd)); out$eap <- e[, 1]; out$eap_sd <- e[, 2]
  s <- squares(x, a, b, w[, 1])
  out$infit <- s[, 1]; out$infit_z <- s[, 2]; out$outfit <- s[, 3]; out$outfit_z <- s[, 4]
  if (!anyNA(x)) { s <- sx2(x, a, b, sd, if (model == "rasch") 1 else 2); out$sx2 <- s[1, ]; out$sx2_df <- s[2, ]; out$sx2_p <- s[3, ] }
  if (k == 18) {
    form <- rep(1:3, each = 6)
    gap <- function(i, j) { v <- (form == j) / 6 - (form == i) / 6; c(sum(v * b), sqrt(t(v) %*% vb %*% v)) }
    out$gaps <- rbind(gap(1, 2), gap(1, 3), gap(2, 3))
  }
  out
}

expected <- list()
for (name in names(sets)) {
  x <- sets[[name]]
  write.table(x, file.path("data", paste0("items_", name, ".csv")), sep = ",", row.names = FALSE, na = "",
              col.names = paste0("i", seq_len(ncol(x))))
  here <- list()
  if (name == "alike") {
    # the spread of ability is zero or nearly so: the log-likelihood alone, from several starts
    k <- ncol(x)
    tries <- sapply(c(0, 0.1, 0.3, 1), function(s) optim(c(qlogis(colMeans(x)), s), function(p) negative(p[1:k], rep(p[k + 1], k), x),
                    method = "BFGS", control = list(maxit = 2000, reltol = 1e-15))$value)
    here$rasch <- list(loglik = -min(tries))
  } else {
    here$rasch <- fit(x, "rasch")
    if (name != "small") here$`2pl` <- fit(x, "2pl")
  }
  a <- suppressWarnings(psych::alpha(as.data.frame(x), check.keys = FALSE, warnings = FALSE, use = "pairwise"))
  if (!anyNA(x)) here$classical <- list(alpha = a$total$raw_alpha, without = a$alpha.drop$raw_alpha, rest = a$item.stats$r.drop, difficulty = a$item.stats$mean)
  if (name == "holes") here$classical <- list(alpha = a$total$raw_alpha, without = a$alpha.drop$raw_alpha)
  expected[[name]] <- here
}
expected$versions <- list(R = R.version.string, psych = as.character(packageVersion("psych")), numDeriv = as.character(packageVersion("numDeriv")))
write_json(expected, file.path("expected", "items.json"), auto_unbox = TRUE, digits = NA, na = "null", pretty = 1)
