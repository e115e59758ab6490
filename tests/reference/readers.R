# Multi-reader multi-case analyses by brute force: nothing here is in closed form. Writes data/readers_*.csv and
# expected/readers.json. Needs jsonlite alone.
suppressMessages(library(jsonlite))
set.seed(20261123)

# ---- data: latent reader, case, condition and interaction effects, rounded to an ordinal scale ----
make <- function(I, J, P, N, sd_case, sd_reader, sd_tr, gain, levels, keep = 1) {
  g <- expand.grid(case = seq_len(P + N), reader = seq_len(J), condition = seq_len(I))
  g$positive <- as.integer(g$case <= P)
  case <- rnorm(P + N, 0, sd_case)
  cr <- matrix(rnorm((P + N) * J, 0, 0.4), J)
  reader <- rnorm(J, 0, sd_reader)
  tr <- matrix(rnorm(I * J, 0, sd_tr), I)
  x <- case[g$case] + cr[cbind(g$reader, g$case)] + rnorm(nrow(g), 0, 0.6) +
    g$positive * (1.1 + gain * (g$condition - 1) + reader[g$reader] + tr[cbind(g$condition, g$reader)])
  g$rating <- if (is.na(levels)) round(x, 3) else as.integer(cut(x, c(-Inf, quantile(x, seq_len(levels - 1) / levels), Inf)))
  g[runif(nrow(g)) < keep, c("condition", "reader", "case", "positive", "rating")]
}
split_plot <- function() {
  # six readers in two groups; each group reads its own cases, a few ratings are missing
  g <- make(2, 6, 16, 18, 0.7, 0.4, 0.2, 0.3, 6)
  group <- (g$reader > 3) + 1
  own <- ifelse(g$positive == 1, (g$case > 8) + 1, (g$case > 25) + 1)
  g <- g[group == own, ]
  g[-c(3, 17, 40), ]
}
sets <- list(
  factorial = make(2, 5, 12, 15, 0.8, 0.4, 0.2, 0.5, 5),
  three_conditions = make(3, 4, 10, 11, 0.6, 0.5, 0.3, 0.4, NA),
  one_condition = make(1, 4, 10, 9, 0.8, 0.5, 0, 0, 5),
  split_plot = split_plot(),
  missing_ratings = make(2, 4, 9, 11, 0.8, 0.4, 0.2, 0.5, 7, keep = 0.85)
)

# each condition has readers of its own, who rate the same cases
d <- make(2, 6, 10, 12, 0.7, 0.4, 0.2, 0.5, 6)
sets$own_readers <- d[(d$reader > 3) == (d$condition == 2), ]

order_of <- function(a, b) if (a > b) 1 else if (a == b) 0.5 else 0
auc <- function(d) {
  p <- d$rating[d$positive == 1]; n <- d$rating[d$positive == 0]
  total <- 0
  for (a in p) for (b in n) total <- total + order_of(a, b)
  total / (length(p) * length(n))
}
cell <- function(d, i, j) d[d$condition == i & d$reader == j, ]

# ---- Obuchowski and Rockette, covariances by leaving each case out in turn or by DeLong's components ----
jackknife <- function(d, I, J) {
  cases <- sort(unique(d$case))
  left <- sapply(cases, function(k) unlist(lapply(seq_len(I), function(i) sapply(seq_len(J), function(j)
    auc(subset(cell(d, i, j), case != k))))))
  K <- length(cases)
  S <- matrix(0, I * J, I * J)
  for (a in seq_len(I * J)) for (b in seq_len(I * J))
    S[a, b] <- (K - 1) / K * sum((left[a, ] - mean(left[a, ])) * (left[b, ] - mean(left[b, ])))
  S
}
delong <- function(d, I, J) {
  parts <- function(i, j) {
    x <- cell(d, i, j); p <- x[x$positive == 1, ]; n <- x[x$positive == 0, ]
    p <- p[order(p$case), ]; n <- n[order(n$case), ]
    list(v10 = sapply(p$rating, function(a) mean(sapply(n$rating, function(b) order_of(a, b)))),
         v01 = sapply(n$rating, function(b) mean(sapply(p$rating, function(a) order_of(a, b)))))
  }
  all <- unlist(lapply(seq_len(I), function(i) lapply(seq_len(J), function(j) parts(i, j))), recursive = FALSE)
  S <- matrix(0, I * J, I * J)
  for (a in seq_along(all)) for (b in seq_along(all))
    S[a, b] <- cov(all[[a]]$v10, all[[b]]$v10) / length(all[[a]]$v10) + cov(all[[a]]$v01, all[[b]]$v01) / length(all[[a]]$v01)
  S
}
kind <- function(S, I, J, same_i, same_j) {
  found <- c()
  for (i in seq_len(I)) for (j in seq_len(J)) for (a in seq_len(I)) for (b in seq_len(J))
    if ((i == a) == same_i && (j == b) == same_j) found <- c(found, S[(i - 1) * J + j, (a - 1) * J + b])
  if (length(found)) mean(found) else 0
}
rockette <- function(d, S, I, J) {
  theta <- outer(seq_len(I), seq_len(J), Vectorize(function(i, j) auc(cell(d, i, j))))
  long <- data.frame(theta = c(t(theta)), i = factor(rep(seq_len(I), each = J)), j = factor(rep(seq_len(J), I)))
  out <- list(theta = theta)
  if (I > 1) {
    ms <- anova(lm(theta ~ i + j, long))$`Mean Sq`     # condition, reader, interaction (the residual)
    v <- kind(S, I, J, TRUE, TRUE); c1 <- kind(S, I, J, FALSE, TRUE); c2 <- kind(S, I, J, TRUE, FALSE)
    c3 <- kind(S, I, J, FALSE, FALSE)
    den <- ms[3] + J * max(c2 - c3, 0)
    df2 <- den^2 / (ms[3]^2 / ((I - 1) * (J - 1)))
    gap <- mean(theta[1, ]) - mean(theta[2, ])
    se <- sqrt(2 / J * den); half <- qt(0.975, df2) * se
    fixed <- v - c1 + (J - 1) * max(c2 - c3, 0)
    out <- c(out, list(ms = ms, cov = c(v, c1, c2, c3), f = ms[1] / den, df2 = df2, p = pf(ms[1] / den, I - 1, df2, lower.tail = FALSE),
      difference = gap, se = se, low = gap - half, high = gap + half,
      chi2 = (I - 1) * ms[1] / fixed, p_cases = pchisq((I - 1) * ms[1] / fixed, I - 1, lower.tail = FALSE),
      f_readers = ms[1] / ms[3], p_readers = pf(ms[1] / ms[3], I - 1, (I - 1) * (J - 1), lower.tail = FALSE)))
  }
  S1 <- S[seq_len(J), seq_len(J)]
  c2 <- max(mean(S1[upper.tri(S1)]), 0)
  msr <- var(theta[1, ])
  out$single <- c(mean(theta[1, ]), sqrt((msr + J * c2) / J), (msr + J * c2)^2 / (msr^2 / (J - 1)))
  out
}

# ---- U-statistics: every pair of (reader, positive, negative) triples is visited ----
triples <- function(d, i) {
  out <- NULL
  for (j in unique(d$reader)) {
    x <- cell(d, i, j); p <- x[x$positive == 1, ]; n <- x[x$positive == 0, ]
    for (a in seq_len(nrow(p))) for (b in seq_len(nrow(n)))
      out <- rbind(out, c(j, p$case[a], n$case[b], order_of(p$rating[a], n$rating[b])))
  }
  out
}
u_covariance <- function(A, B) {
  total <- 0; apart <- 0; pairs <- 0
  for (r in seq_len(nrow(A))) {
    different <- B[, 1] != A[r, 1] & B[, 2] != A[r, 2] & B[, 3] != A[r, 3]
    apart <- apart + A[r, 4] * sum(B[different, 4]); pairs <- pairs + sum(different)
  }
  mean(A[, 4]) * mean(B[, 4]) - apart / pairs
}

# the first draw whose reader by condition variance and Cov2 - Cov3 are both estimated below zero
for (seed in 1:500) {
  set.seed(seed)
  d <- make(2, 4, 9, 10, 0.4, 0.0, 0.0, 0.2, 6)
  r <- rockette(d, delong(d, 2, 4), 2, 4)
  v <- r$cov
  if (r$ms[3] - v[1] + v[2] + v[3] - v[4] < 0 && v[3] < v[4]) break
}
sets$negative_component <- d

expected <- list()
for (name in names(sets)) {
  d <- sets[[name]]
  write.csv(d, file.path("data", paste0("readers_", name, ".csv")), row.names = FALSE)
  I <- length(unique(d$condition)); J <- length(unique(d$reader))
  here <- list()
  if (nrow(d) == I * J * length(unique(d$case))) {
    here$jackknife <- rockette(d, jackknife(d, I, J), I, J)
    here$delong <- rockette(d, delong(d, I, J), I, J)
  }
  if (name == "missing_ratings") here$jackknife <- rockette(d, jackknife(d, I, J), I, J)
  t1 <- triples(d, 1)
  here$u <- list(auc = mean(t1[, 4]), var = u_covariance(t1, t1))
  if (I > 1) {
    t2 <- triples(d, 2)
    here$u$auc2 <- mean(t2[, 4]); here$u$var2 <- u_covariance(t2, t2); here$u$cov <- u_covariance(t1, t2)
  }
  expected[[name]] <- here
}
expected$versions <- list(R = R.version.string)
write_json(expected, file.path("expected", "readers.json"), auto_unbox = TRUE, digits = NA, na = "null", pretty = 1)
