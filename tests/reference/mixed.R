# Mixed models: glmmTMB for right or wrong, lmerTest for log time. Writes expected/mixed.json.
suppressMessages({library(glmmTMB); library(lmerTest); library(jsonlite); library(numDeriv)})
options(warn = -1)

sets <- c("balanced", "unbalanced", "zero_variance", "near_separation", "missing_by_design")
terms <- c(
  intercepts = "(1 | clinician) + (1 | case)",
  case_slope = "(1 | clinician) + (1 + treated | case)",
  both_slopes = "(1 + later | clinician) + (1 + treated | case)",
  diagonal = "(1 | clinician) + diag(1 + treated | case)",
  clinician_only = "(1 | clinician)"
)
# Where a variance is estimated as zero the Hessian of log SDs is singular; these nested models then give the SEs.
smaller <- list(
  intercepts = c("(1 | case)", "(1 | clinician)"),
  case_slope = c("(1 | clinician) + (1 | case)", "(1 + treated | case)", "(1 | case)"),
  both_slopes = c("(1 | clinician) + (1 + treated | case)", "(1 + later | clinician) + (1 | case)",
                  "(1 | clinician) + (1 | case)", "(1 + treated | case)", "(1 | case)"),
  diagonal = c("(1 | clinician) + (1 | case)", "diag(1 + treated | case)", "(1 | case)"),
  clinician_only = character(0)
)
tight <- glmmTMBControl(optCtrl = list(iter.max = 1e4, eval.max = 1e4, rel.tol = 1e-15, x.tol = 1e-12))

glm_mixed <- function(random, d) glmmTMB(as.formula(paste("y ~ later + treated +", random)), d, binomial, control = tight)

describe <- function(m) {
  v <- VarCorr(m)$cond
  list(beta = unname(fixef(m)$cond), se = unname(sqrt(diag(vcov(m)$cond))), loglik = -m$fit$objective, n = nobs(m),
       sd = lapply(v, function(s) unname(attr(s, "stddev"))),
       corr = lapply(v, function(s) if (nrow(s) == 2) unname(attr(s, "correlation")[1, 2]) else NULL),
       modes = lapply(ranef(m)$cond, function(b) unname(as.list(b))), pd_hessian = isTRUE(m$sdr$pdHess))
}

# Marginal risk difference of the treated against the untreated later cell, integrated over the random effects by
# adaptive quadrature, with the delta method from the joint covariance of coefficients and variance parameters.
marginal <- function(m) {
  parameters <- m$fit$par
  covariances <- function(theta) {
    out <- numeric(0); at <- 0; total0 <- 0; total1 <- 0
    for (s in m$modelInfo$reStruc$condReStruc) {
      part <- theta[at + seq_len(s$blockNumTheta)]; at <- at + s$blockNumTheta
      sd <- exp(part[seq_len(s$blockSize)])
      if (s$blockSize == 1) { total0 <- total0 + sd^2; total1 <- total1 + sd^2 }
      else {
        rho <- part[3] / sqrt(1 + part[3]^2)
        total0 <- total0 + sd[1]^2
        total1 <- total1 + sd[1]^2 + sd[2]^2 + 2 * rho * sd[1] * sd[2]
      }
    }
    c(total0, total1)
  }
  risk <- function(eta, v) integrate(function(z) plogis(eta + sqrt(v) * z) * dnorm(z), -Inf, Inf, rel.tol = 1e-11)$value
  both <- function(p) {
    b <- p[names(parameters) == "beta"]; v <- covariances(p[names(parameters) == "theta"])
    c(control = risk(b[1] + b[2], v[1]), treated = risk(b[1] + b[2] + b[3], v[2]))
  }
  V <- vcov(m, full = TRUE)
  J <- jacobian(both, parameters)
  r <- both(parameters)
  W <- J %*% V %*% t(J)
  list(risk = unname(r), risk_se = sqrt(diag(W)), difference = unname(r[2] - r[1]),
       difference_se = sqrt(W[1, 1] + W[2, 2] - 2 * W[1, 2]), ratio = unname(r[2] / r[1]),
       log_ratio_se = sqrt(W[1, 1] / r[1]^2 + W[2, 2] / r[2]^2 - 2 * W[1, 2] / (r[1] * r[2])))
}

linear <- function(random, d) {
  m <- lmer(as.formula(paste("logtime ~ later + treated +", random)), d,
            control = lmerControl(optimizer = "bobyqa", optCtrl = list(rhoend = 1e-10, maxfun = 1e5)))
  s <- summary(m)$coefficients
  v <- VarCorr(m)
  list(beta = unname(s[, "Estimate"]), se = unname(s[, "Std. Error"]), df = unname(s[, "df"]), p = unname(s[, "Pr(>|t|)"]),
       loglik = as.numeric(logLik(m)), sigma = sigma(m), n = nobs(m), sd = lapply(v, function(x) unname(attr(x, "stddev"))),
       singular = isSingular(m))
}

out <- list()
for (set in sets) {
  d <- read.csv(file.path("data", paste0(set, ".csv")))
  d$clinician <- factor(d$clinician); d$case <- factor(d$case)
  here <- list()
  for (name in names(terms)) {
    m <- glm_mixed(terms[[name]], d)
    r <- describe(m)
    if (r$pd_hessian && name == "case_slope") r$marginal <- marginal(m)
    if (!r$pd_hessian || min(unlist(r$sd)) < 1e-2) {
      for (random in smaller[[name]]) {
        n <- describe(glm_mixed(random, d))
        if (n$pd_hessian && abs(n$loglik - r$loglik) < 5e-4) { r$nested <- c(n, random = random); break }
      }
    }
    here[[name]] <- r
  }
  here$linear_intercepts <- linear(terms[["intercepts"]], d)
  here$linear_case_slope <- linear(terms[["case_slope"]], d)
  out[[set]] <- here
}
out$versions <- list(R = R.version.string, glmmTMB = as.character(packageVersion("glmmTMB")),
                     lme4 = as.character(packageVersion("lme4")), lmerTest = as.character(packageVersion("lmerTest")))
write_json(out, file.path("expected", "mixed.json"), auto_unbox = TRUE, digits = NA, na = "null", null = "null", pretty = 1)
