# Exponential forgetting to a floor with a random level, by nlme.
library(nlme)
library(jsonlite)
make <- function(seed, people, n, days) {
  set.seed(seed)
  d <- expand.grid(visit = seq_along(days), clinician = 1:people)
  d$arm <- d$clinician %% 2
  d$time <- pmax(0, days[d$visit] + round(rnorm(nrow(d), 0, 0.5), 1))
  level <- rnorm(people, 0, 0.06)
  mean <- 0.85 + level[d$clinician] - ifelse(d$arm == 1, 0.35, 0.25) * (1 - exp(-ifelse(d$arm == 1, 0.12, 0.06) * d$time))
  d$n <- n + d$visit %% 3 * 4
  d$share <- rbinom(nrow(d), d$n, pmin(pmax(mean, 0.02), 0.98)) / d$n
  d
}
sets <- list(seven = make(12, 120, 20, c(0, 2, 5, 10, 20, 40, 80)), five = make(5, 200, 24, c(1, 7, 21, 45, 90)))
fits <- lapply(names(sets), function(name) {
  d <- sets[[name]]
  write.csv(d, file.path("data", paste0("forgetting_curve_", name, ".csv")), row.names = FALSE)
  d$inverse <- 1 / d$n
  d$zero <- 1 - d$arm
  m <- nlme(share ~ a - d * (1 - exp(-exp(lk) * time)), data = d, fixed = list(a ~ zero + arm - 1, d ~ zero + arm - 1, lk ~ zero + arm - 1),
            random = a ~ 1 | clinician, weights = varFixed(~inverse), method = "ML",
            start = c(0.85, 0.85, 0.25, 0.35, log(0.06), log(0.12)),
            control = nlmeControl(tolerance = 1e-8, pnlsTol = 1e-4, minScale = 1e-9, maxIter = 400, msMaxIter = 400))
  spread <- as.numeric(VarCorr(m)[, "StdDev"])
  list(beta = unname(fixef(m)), se = unname(sqrt(diag(m$varFix))), loglik = as.numeric(logLik(m)), level_sd = spread[1], sigma = spread[2])
})
names(fits) <- names(sets)
fits$versions <- list(R = R.version.string, nlme = as.character(packageVersion("nlme")))
write(toJSON(fits, digits = NA, auto_unbox = TRUE, pretty = TRUE), "expected/forgetting_curve.json")
