# One fit for docs/bench/glmm.py: Rscript glmm.R TABLE.csv MODEL ENGINE REPEATS -> one line of JSON.
suppressMessages({library(lme4); library(glmmTMB)})
options(warn = -1)
given <- commandArgs(TRUE)
d <- read.csv(given[1])
d$clinician <- factor(d$clinician); d$case <- factor(d$case)
random <- if (grepl("slope", given[2])) "(1 | clinician) + (1 + treated | case)" else "(1 | clinician) + (1 | case)"
outcome <- if (grepl("time", given[2])) "logtime" else "y"
model <- as.formula(paste(outcome, "~ later + arm + treated +", random))
fit <- switch(given[3],
  glmer = function() glmer(model, d, binomial),
  glmmTMB = function() glmmTMB(model, d, binomial),
  lmer = function() lmer(model, d))
times <- sapply(seq_len(as.integer(given[4])), function(i) { t <- system.time(m <<- fit()); c(t[["elapsed"]], t[["user.self"]] + t[["sys.self"]]) })
cat(sprintf('{"elapsed": %.4f, "cpu": %.4f, "loglik": %.6f}\n', min(times[1, ]), min(times[2, ]), as.numeric(logLik(m))))
