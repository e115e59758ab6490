# A trial whose practices were randomised: three random factors. Writes data/sites.csv and expected/sites.json.
suppressMessages({library(glmmTMB); library(lmerTest); library(jsonlite)})

set.seed(4)
sites <- 16; each <- 5; cases <- 18
d <- expand.grid(case = seq_len(cases), clinician = seq_len(sites * each))
d$site <- (d$clinician - 1) %/% each + 1
d$arm <- d$site %% 2
d$later <- (d$case + d$clinician) %% 2
d$treated <- d$arm * d$later
eta <- 0.4 + 0.1 * d$later + 0.5 * d$treated + rnorm(sites, 0, 0.6)[d$site] + rnorm(sites * each, 0, 0.6)[d$clinician] +
  rnorm(cases, 0, 0.8)[d$case] + rnorm(cases, 0, 0.6)[d$case] * d$treated
d$y <- rbinom(nrow(d), 1, plogis(eta))
d$logtime <- round(4 - 0.1 * d$later + 0.08 * d$treated + rnorm(sites, 0, 0.25)[d$site] +
  rnorm(sites * each, 0, 0.3)[d$clinician] + rnorm(cases, 0, 0.2)[d$case] + rnorm(nrow(d), 0, 0.4), 6)
d$site <- sprintf("s%02d", d$site); d$clinician <- sprintf("c%03d", d$clinician); d$case <- sprintf("k%02d", d$case)
write.csv(d[c("site", "clinician", "case", "arm", "later", "treated", "y", "logtime")], "data/sites.csv",
          row.names = FALSE, quote = FALSE)

d <- read.csv("data/sites.csv")
tight <- glmmTMBControl(optimizer = optim, optArgs = list(method = "BFGS"), optCtrl = list(maxit = 1e4, reltol = 1e-16))
m <- glmmTMB(y ~ later + treated + (1 | clinician) + (1 + treated | case) + (1 | site), d, binomial, control = tight)
v <- VarCorr(m)$cond
logistic <- list(beta = unname(fixef(m)$cond), se = unname(sqrt(diag(vcov(m)$cond))), loglik = -m$fit$objective,
                 sd = lapply(v, function(s) unname(attr(s, "stddev"))), corr = attr(v$case, "correlation")[1, 2],
                 modes = unname(ranef(m)$cond$site[[1]]))
m <- lmer(logtime ~ later + treated + (1 | clinician) + (1 | case) + (1 | site), d,
          control = lmerControl(optimizer = "bobyqa", optCtrl = list(rhoend = 1e-10, maxfun = 1e5)))
s <- summary(m)$coefficients
linear <- list(beta = unname(s[, "Estimate"]), se = unname(s[, "Std. Error"]), df = unname(s[, "df"]),
               loglik = as.numeric(logLik(m)), sigma = sigma(m), sd = lapply(VarCorr(m), function(x) unname(attr(x, "stddev"))))
write_json(list(logistic = logistic, linear = linear,
                versions = list(R = R.version.string, glmmTMB = as.character(packageVersion("glmmTMB")),
                                lmerTest = as.character(packageVersion("lmerTest")))),
           "expected/sites.json", auto_unbox = TRUE, digits = NA, pretty = 1)
