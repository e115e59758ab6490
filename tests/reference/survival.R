# Time to decision with times cut short at a limit: base data by R's own generator, fits by the package `survival`.
library(survival)
library(jsonlite)
set.seed(20)
make <- function(people, cases, limit, digits) {
  person <- rep(seq_len(people), each = cases)
  case <- rep(seq_len(cases), people)
  arm <- as.numeric(person %% 2 == 0)
  log_time <- 4 + 0.25 * arm + rnorm(people, 0, 0.3)[person] + rnorm(cases, 0, 0.3)[case] + rnorm(people * cases, 0, 0.5)
  seconds <- round(exp(log_time), digits)
  data.frame(clinician = person, case = case, arm = arm, seconds = pmin(seconds, limit), decided = as.numeric(seconds < limit))
}
sets <- list(plain = make(20, 8, 1e9, 3), limited = make(24, 10, 80, 1), tied = make(16, 12, 100, -1))
fits <- lapply(names(sets), function(name) {
  d <- sets[[name]]
  write.csv(d, file.path("data", paste0("survival_", name, ".csv")), row.names = FALSE)
  km <- survfit(Surv(seconds, decided) ~ 1, data = d, subset = arm == 1, cluster = clinician, conf.type = "log-log")
  middle <- quantile(km, c(0.25, 0.5, 0.75))
  cox <- coxph(Surv(seconds, decided) ~ arm, data = d, cluster = clinician, ties = "efron",
               control = coxph.control(eps = 1e-13, toler.chol = 1e-14, iter.max = 50))
  plain <- coxph(Surv(seconds, decided) ~ arm, data = d, ties = "efron",
                 control = coxph.control(eps = 1e-13, toler.chol = 1e-14, iter.max = 50))
  zph <- cox.zph(plain, transform = "km", global = FALSE)$table
  aft <- function(dist) {
    f <- survreg(Surv(seconds, decided) ~ arm, data = d, cluster = clinician, dist = dist,
                 control = survreg.control(rel.tolerance = 1e-13, maxiter = 200))
    list(beta = unname(coef(f)), log_scale = log(f$scale), se = unname(sqrt(diag(vcov(f)))),
         naive = unname(sqrt(diag(f$naive.var))), loglik = f$loglik[2])
  }
  list(
    km = list(time = km$time, risk = km$n.risk, events = km$n.event, survival = km$surv, low = km$lower, high = km$upper),
    quantiles = lapply(middle, unname),
    cox = list(beta = unname(coef(cox)), se = sqrt(cox$var[1]), naive = sqrt(cox$naive.var[1]), loglik = cox$loglik[2]),
    zph = list(chisq = unname(zph[1, "chisq"]), p = unname(zph[1, "p"])),
    lognormal = aft("lognormal"), weibull = aft("weibull")
  )
})
names(fits) <- names(sets)
fits$versions <- list(R = R.version.string, survival = as.character(packageVersion("survival")))
write(toJSON(fits, digits = NA, auto_unbox = TRUE, na = "null", pretty = TRUE), "expected/survival.json")
