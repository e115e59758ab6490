# Reliance after wrong advice, and effects that differ: mixed logistic models by glmmTMB.
library(glmmTMB)
library(jsonlite)
set.seed(31)
people <- 40; cases <- 24
d <- do.call(rbind, lapply(1:people, function(p) {
  wrong <- sample(rep(0:1, c(16, 8)))
  data.frame(participant = p, position = 1:cases, case = sample(cases), wrong = wrong)
}))
before <- ave(d$wrong, d$participant, FUN = function(w) cumsum(w) - w)
last <- ave(d$wrong, d$participant, FUN = function(w) c(0, head(w, -1)))
eta <- 0.8 - 0.6 * last - 0.12 * before + 0.5 * (1 - d$wrong) + rnorm(people, 0, 0.7)[d$participant] +
  rnorm(people, 0, 0.08)[d$participant] * before + rnorm(cases, 0, 0.5)[d$case]
d$differs <- rbinom(nrow(d), 1, 0.7)
d$follows <- rbinom(nrow(d), 1, plogis(eta))
write.csv(d, "data/trust.csv", row.names = FALSE)
d$last <- last; d$before <- before; d$seen <- log1p(d$position - 1); d$right <- 1 - d$wrong
m <- glmmTMB(follows ~ last + before + seen + right + (1 + before | participant) + (1 | case), family = binomial,
             data = subset(d, differs == 1))
trust <- list(beta = unname(fixef(m)$cond), se = unname(sqrt(diag(vcov(m)$cond))), loglik = as.numeric(logLik(m)))

people <- 80; cases <- 20
h <- expand.grid(case = 1:cases, participant = 1:people)
h$exposed <- h$participant %% 2
h$senior <- as.numeric(h$participant %% 4 > 1)
h$hard <- rnorm(cases)[h$case]
eta <- 0.3 + 0.6 * h$exposed + 0.3 * h$senior - 0.7 * h$hard - 0.4 * h$exposed * h$senior + 0.3 * h$exposed * h$hard +
  rnorm(people, 0, 0.6)[h$participant] + rnorm(cases, 0, 0.4)[h$case] + h$exposed * rnorm(cases, 0, 0.5)[h$case]
h$right <- rbinom(nrow(h), 1, plogis(eta))
write.csv(h, "data/heterogeneity.csv", row.names = FALSE)
both <- lapply(c("senior", "hard"), function(by) {
  h$by <- h[[by]]
  m <- glmmTMB(right ~ exposed * by + (1 | participant) + (1 + exposed | case), family = binomial, data = h)
  list(beta = unname(fixef(m)$cond), se = unname(sqrt(diag(vcov(m)$cond))), loglik = as.numeric(logLik(m)))
})
names(both) <- c("senior", "hard")
m <- glmmTMB(right ~ exposed + (1 | participant) + (1 + exposed | case), family = binomial, data = h)
modes <- ranef(m, condVar = TRUE)$cond$case
shrunk <- list(beta = unname(fixef(m)$cond), modes = modes$exposed, names = rownames(modes))
out <- list(trust = trust, heterogeneity = both, shrunk = shrunk,
            versions = list(R = R.version.string, glmmTMB = as.character(packageVersion("glmmTMB"))))
write(toJSON(out, digits = NA, auto_unbox = TRUE, pretty = TRUE), "expected/dynamics.json")
