# Ordered answers: ordinal::clmm with crossed clinicians and cases, with and without a by-case slope; marginal shares and
# means by adaptive quadrature with delta-method SEs. Writes data/ordinal_*.csv and expected/ordinal.json.
suppressMessages({library(ordinal); library(jsonlite); library(numDeriv)})
set.seed(20261125)

make <- function(people, cases, sd_person, sd_case, effect, at, keep = 1, sd_slope = 0) {
  d <- expand.grid(clinician = seq_len(people), case = seq_len(cases))
  d$later <- rbinom(nrow(d), 1, 0.5); d$treated <- d$later * (d$clinician %% 2)
  eta <- 0.3 * d$later + effect * d$treated + rnorm(people, 0, sd_person)[d$clinician] + rnorm(cases, 0, sd_case)[d$case] +
    rnorm(cases, 0, sd_slope)[d$case] * d$treated
  d$y <- as.integer(cut(eta + rlogis(nrow(d)), c(-Inf, at, Inf)))
  d[runif(nrow(d)) < keep, ]
}
by_design <- function() { d <- make(48, 24, 0.8, 0.6, 0.5, c(-1, 0.2, 1.3)); d[(d$clinician %% 4) == ((d$case - 1) %/% 6), ] }
sets <- list(
  balanced = make(30, 16, 0.8, 0.7, 0.6, c(-1.5, -0.4, 0.6, 1.8)),
  unbalanced = make(40, 15, 0.7, 0.5, -0.4, c(-1, 1), keep = 0.5),
  zero_variance = make(30, 12, 0, 0.6, 0.5, c(-1, 0, 1)),
  sparse = make(36, 12, 1, 0.6, 0.5, c(-4, -0.5, 1, 2.5)),
  missing_by_design = by_design(),
  slopes = make(60, 20, 0.6, 0.7, 0.4, c(-1, 0, 1.2), sd_slope = 0.8)
)
describe <- function(m) {
  s <- summary(m)$coefficients; k <- length(m$beta)
  list(beta = unname(m$beta), se = unname(s[length(m$alpha) + seq_len(k), 2]), cuts = unname(m$alpha),
       cuts_se = unname(s[seq_along(m$alpha), 2]), loglik = as.numeric(logLik(m)),
       sd = lapply(VarCorr(m), function(v) unname(sqrt(diag(v)))),
       corr = lapply(VarCorr(m), function(v) if (nrow(v) == 2) unname(attr(v, "correlation")[1, 2]) else NULL))
}
# random intercepts: the joint Hessian of clmm covers (alpha, beta, SDs)
marginal <- function(m) {
  nt <- length(m$alpha); k <- length(m$beta)
  below <- function(p, x) {
    v <- sum(p[nt + k + 1:2]^2)
    sapply(p[1:nt], function(cut) integrate(function(z) plogis(cut - sum(x * p[nt + 1:k]) - sqrt(v) * z) * dnorm(z), -Inf, Inf, rel.tol = 1e-11)$value)
  }
  f <- function(p) { a <- below(p, c(1, 0)); b <- below(p, c(1, 1)); c(diff(c(0, b, 1)), nt + 1 - sum(b), sum(a) - sum(b)) }
  psi <- c(m$alpha, m$beta, m$ST[[1]][1], m$ST[[2]][1])
  V <- solve(m$Hessian); J <- jacobian(f, unname(psi))
  list(value = f(psi), se = sqrt(diag(J %*% V %*% t(J))))
}
out <- list()
for (set in names(sets)) {
  d <- sets[[set]][, c("clinician", "case", "later", "treated", "y")]
  write.csv(d, file.path("data", paste0("ordinal_", set, ".csv")), row.names = FALSE)
  d$clinician <- factor(d$clinician); d$case <- factor(d$case); d$y <- factor(d$y, ordered = TRUE)
  tight <- clmm.control(gradTol = 1e-7, maxIter = 200, maxLineIter = 100, innerCtrl = "noWarn")
  m <- clmm(y ~ later + treated + (1 | clinician) + (1 | case), data = d, Hess = TRUE, control = tight)
  here <- list(intercepts = describe(m))
  if (set == "zero_variance") here$nested <- describe(clmm(y ~ later + treated + (1 | case), data = d, Hess = TRUE, control = tight))
  else if (min(unlist(m$ST)) > 0) here$intercepts$marginal <- marginal(m)
  if (set == "slopes") here$slope <- describe(clmm(y ~ later + treated + (1 | clinician) + (1 + treated | case), data = d, Hess = TRUE, control = tight))
  out[[set]] <- here
}
out$versions <- list(R = R.version.string, ordinal = as.character(packageVersion("ordinal")))
write_json(out, file.path("expected", "ordinal.json"), auto_unbox = TRUE, digits = NA, na = "null", null = "null", pretty = 1)
