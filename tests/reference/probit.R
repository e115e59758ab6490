# Probit mixed models for signal detection of advice, and log-time slopes of forgetting by arm: glmmTMB.
# Writes data/probit_*.csv, data/forgetting_*.csv and expected/probit.json.
suppressMessages({library(glmmTMB); library(jsonlite)})
options(warn = -1)
tight <- glmmTMBControl(optCtrl = list(iter.max = 1e4, eval.max = 1e4, rel.tol = 1e-15, x.tol = 1e-12))

# followed: advice followed on a disagreement; right: the advice was right.
signal <- function(seed, clinicians, cases, d, criterion, sd_person, sd_slope, sd_case, keep = 1) {
  set.seed(seed)
  t <- expand.grid(case = seq_len(cases), clinician = seq_len(clinicians))
  t$right <- as.numeric((t$case + t$clinician) %% 3 != 0)
  a <- rnorm(clinicians, 0, sd_person); b <- rnorm(clinicians, 0, sd_slope); h <- rnorm(cases, 0, sd_case)
  eta <- -criterion + d * (t$right - 0.5) + a[t$clinician] + b[t$clinician] * t$right + h[t$case]
  t$followed <- rbinom(nrow(t), 1, pnorm(eta))
  t[runif(nrow(t)) < keep, ]
}
sets <- list(
  balanced = signal(1, 40, 18, 1.2, -0.3, 0.5, 0.4, 0.4),
  unbalanced = signal(2, 60, 24, 0.8, 0.2, 0.6, 0.5, 0.5, keep = 0.45),
  zero_variance = signal(3, 36, 15, 1.0, 0.0, 0.0, 0.0, 0.3),
  near_separation = signal(4, 40, 18, 3.2, -1.0, 0.3, 0.3, 0.3),
  missing_by_design = subset(signal(5, 72, 24, 1.0, 0.1, 0.5, 0.3, 0.5), (case %% 4) == (clinician %% 4) | (case %% 4) == ((clinician + 1) %% 4))
)
structures <- c(intercepts = "(1 | clinician) + (1 | case)", slope = "(1 + right | clinician) + (1 | case)")
describe <- function(m) {
  s <- VarCorr(m)$cond
  list(beta = unname(fixef(m)$cond), se = unname(sqrt(diag(vcov(m)$cond))), covariance = unname(vcov(m)$cond[1, 2]),
       loglik = -m$fit$objective, n = nobs(m), sd = lapply(s, function(v) unname(attr(v, "stddev"))),
       corr = lapply(s, function(v) if (nrow(v) == 2) unname(attr(v, "correlation")[1, 2]) else NULL),
       pd_hessian = isTRUE(m$sdr$pdHess))
}
out <- list()
for (name in names(sets)) {
  d <- sets[[name]]
  d$clinician <- factor(sprintf("p%03d", d$clinician)); d$case <- factor(sprintf("c%02d", d$case))
  write.csv(d, file.path("data", paste0("probit_", name, ".csv")), row.names = FALSE, quote = FALSE)
  for (s in names(structures)) {
    m <- glmmTMB(as.formula(paste("followed ~ right +", structures[[s]])), d, binomial("probit"), control = tight)
    out$probit[[name]][[s]] <- describe(m)
    if (!isTRUE(m$sdr$pdHess) && s == "slope") {
      for (smaller in c("(1 | clinician) + (1 | case)", "(1 | case)", "(1 | clinician)")) {
        n <- glmmTMB(as.formula(paste("followed ~ right +", smaller)), d, binomial("probit"), control = tight)
        if (isTRUE(n$sdr$pdHess) && abs(n$fit$objective - m$fit$objective) < 1e-4) { out$probit[[name]][[s]]$nested <- describe(n); break }
      }
    }
  }
}

# right ~ log(1 + days) x exposed, clinicians differing in their slope and cases in what exposure did to them.
forget <- function(seed, clinicians, cases, slope, extra, sd_slope, sd_exposed, keep = 1) {
  set.seed(seed)
  t <- expand.grid(case = seq_len(cases), occasion = 1:3, clinician = seq_len(clinicians))
  t$exposed <- as.numeric(t$clinician %% 2 == 0)
  t$since <- c(1, 14, 60)[t$occasion] + (t$clinician %% 5)
  t$case <- t$case + cases * (t$occasion - 1)
  lt <- log1p(t$since)
  a <- rnorm(clinicians, 0, 0.6); b <- rnorm(clinicians, 0, sd_slope)
  h <- rnorm(cases * 3, 0, 0.8); g <- rnorm(cases * 3, 0, sd_exposed)
  eta <- 1.4 + slope * lt + extra * lt * t$exposed + a[t$clinician] + b[t$clinician] * lt + h[t$case] + g[t$case] * t$exposed
  t$y <- rbinom(nrow(t), 1, plogis(eta))
  t[runif(nrow(t)) < keep, c("clinician", "case", "exposed", "since", "y")]
}
times <- list(
  balanced = forget(11, 40, 8, -0.15, -0.20, 0.15, 0.5),
  unbalanced = forget(12, 60, 8, -0.10, 0.00, 0.20, 0.4, keep = 0.5),
  zero_variance = forget(13, 40, 8, -0.20, -0.10, 0.00, 0.0),
  near_separation = forget(14, 40, 8, 0.60, 0.10, 0.10, 0.3),
  missing_by_design = subset(forget(15, 72, 12, -0.15, -0.10, 0.15, 0.4), (case %% 3) == (clinician %% 3))
)
for (name in names(times)) {
  d <- times[[name]]
  d$clinician <- factor(sprintf("p%03d", d$clinician)); d$case <- factor(sprintf("c%02d", d$case))
  write.csv(d, file.path("data", paste0("forgetting_", name, ".csv")), row.names = FALSE, quote = FALSE)
  d$lt <- log1p(d$since)
  tries <- c("(1 + lt | clinician) + (1 + exposed | case)", "(1 | clinician) + (1 + exposed | case)",
             "(1 + lt | clinician) + (1 | case)", "(1 | clinician) + (1 | case)")
  for (i in seq_along(tries)) {
    m <- glmmTMB(as.formula(paste("y ~ lt * exposed +", tries[i])), d, binomial, control = tight)
    if (i == 1) { out$forgetting[[name]] <- describe(m); first <- m$fit$objective }
    out$forgetting[[name]]$vcov <- unname(as.matrix(vcov(m)$cond))
    if (isTRUE(m$sdr$pdHess) && (i == 1 || abs(m$fit$objective - first) < 1e-4)) {
      if (i > 1) out$forgetting[[name]]$nested <- describe(m)
      break
    }
  }
}
out$versions <- list(R = as.character(getRversion()), glmmTMB = as.character(packageVersion("glmmTMB")))
write_json(out, file.path("expected", "probit.json"), digits = 12, auto_unbox = TRUE, pretty = TRUE, null = "null")
