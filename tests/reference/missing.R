# Missing decisions: Rubin's rules, a two-level imputation, and a regression weighted by the probability of staying.
library(mice)
library(geepack)
library(numDeriv)
library(jsonlite)
set.seed(8)

# Rubin's rules with Barnard and Rubin's degrees of freedom; `dfcom` is n - k.
sets <- list(few = list(q = c(0.04, 0.06, 0.08), u = c(1, 1.2, 0.9) * 1e-4, n = 40, k = 2),
             many = list(q = rnorm(20, -0.05, 0.01), u = rchisq(20, 30) / 30 * 4e-4, n = 60, k = 3),
             alike = list(q = rep(0.1, 5), u = rep(2e-4, 5), n = 100, k = 1))
pooled <- lapply(sets, function(s) {
  p <- pool.scalar(s$q, s$u, n = s$n, k = s$k)
  c(s, list(value = p$qbar, total = p$t, within = p$ubar, between = p$b, df = p$df, fmi = p$fmi))
})

# Decisions of 60 clinicians on 14 cases; some are missing, and ten clinicians have none.
people <- 60; cases <- 14
d <- data.frame(clinician = rep(1:people, each = cases), case = rep(1:cases, people))
d$arm <- as.numeric(d$clinician %% 2 == 0)
d$late <- as.numeric(d$case > 7)
d$y <- rbinom(nrow(d), 1, plogis(0.3 + 0.6 * d$arm - 0.5 * d$late + rnorm(people, 0, 0.8)[d$clinician]))
some <- rbinom(nrow(d), 1, plogis(-1.5 + 0.8 * d$arm + 0.8 * d$late)) == 1
none <- d$clinician %in% c(3, 8, 14, 20, 22, 31, 34, 40, 46, 52)
whole <- d; whole$y[none] <- NA
d$y[some | none] <- NA
write.csv(d, "data/missing_decisions.csv", row.names = FALSE)
write.csv(whole, "data/missing_clinicians.csv", row.names = FALSE)
pooled_arm <- function(each, lost) {
  p <- pool.scalar(sapply(each, function(e) e$fit[1]), sapply(each, function(e) e$fit[2]), n = nrow(d), k = 3)
  list(value = p$qbar, total = p$t, fmi = p$fmi, mean = mean(sapply(each, function(e) e$mean)))
}
analysed <- function(filled, lost) {
  f <- lm(y ~ arm + late, data = filled)
  list(fit = c(coef(f)["arm"], vcov(f)["arm", "arm"]), mean = mean(filled$y[lost]))
}
# Clinicians with no decision at all: 2l.bin draws their effects from the population, as it should.
with_type <- make.predictorMatrix(whole); with_type[,] <- 0
with_type["y", c("clinician", "arm", "late")] <- c(-2, 1, 1)
imp <- mice(whole, m = 200, maxit = 1, method = c("", "", "", "", "2l.bin"), predictorMatrix = with_type, printFlag = FALSE,
            seed = 3)
two_level <- pooled_arm(lapply(1:200, function(i) analysed(complete(imp, i), is.na(whole$y))))
# Clinicians with some: 2l.bin does not look at what they answered. So: parameters from glmmTMB's joint covariance, and each
# clinician's effect drawn from its exact posterior on a grid.
library(glmmTMB)
fit <- glmmTMB(y ~ arm + late + (1 | clinician), family = binomial, data = d)
centre <- c(fixef(fit)$cond, log(attr(VarCorr(fit)$cond$clinician, "stddev")))
root <- t(chol(vcov(fit, full = TRUE)))
grid <- seq(-6, 6, length.out = 1201)
x <- model.matrix(~ arm + late, d)
drawn <- lapply(1:200, function(i) {
  par <- centre + drop(root %*% rnorm(4))
  eta <- drop(x %*% par[1:3])
  filled <- d
  for (c in 1:people) {
    own <- which(d$clinician == c); seen <- own[!is.na(d$y[own])]
    log_post <- dnorm(grid, 0, exp(par[4]), log = TRUE)
    for (r in seen) log_post <- log_post + dbinom(d$y[r], 1, plogis(eta[r] + grid), log = TRUE)
    b <- sample(grid, 1, prob = exp(log_post - max(log_post)))
    lost <- setdiff(own, seen)
    filled$y[lost] <- rbinom(length(lost), 1, plogis(eta[lost] + b))
  }
  analysed(filled, is.na(d$y))
})
posterior <- pooled_arm(drawn)

# Who stays, and the answers of those who did: equations for staying and answers stacked, sandwich by clinician.
people <- 60; cases <- 10
person <- data.frame(arm = rep(0:1, people / 2), before = rbeta(people, 6, 4))
person$stayed <- rbinom(people, 1, plogis(-1 + 3 * person$before + 0.4 * person$arm))
rows <- do.call(rbind, lapply(1:people, function(i) {
  both <- data.frame(person = i, case = 1:cases, later = rep(0:1, each = cases))
  both[both$later == 0 | person$stayed[i] == 1, ]
}))
rows$arm <- person$arm[rows$person]
rows$treated <- rows$later * rows$arm
rows$y <- rbinom(nrow(rows), 1, plogis(qlogis(person$before[rows$person]) + 0.2 * rows$later - 0.4 * rows$treated))
write.csv(person, "data/missing_people.csv", row.names = FALSE)
write.csv(rows[c("person", "case", "later", "treated", "y")], "data/missing_staying.csv", row.names = FALSE)
stay <- glm(stayed ~ arm + before, binomial, person, epsilon = 1e-14)
rows$w <- ifelse(rows$later == 1, 1 / fitted(stay)[rows$person], 1)
gee <- geeglm(y ~ later + treated, binomial, rows, weights = w, id = person, corstr = "independence",
              control = geese.control(epsilon = 1e-12))
z <- model.matrix(stay); x <- cbind(1, rows$later, rows$treated)
by_person <- function(par) {
  prob <- plogis(drop(z %*% par[1:3]))
  weight <- ifelse(rows$later == 1, 1 / prob[rows$person], 1)
  answer <- weight * (rows$y - plogis(drop(x %*% par[4:6]))) * x
  cbind(z * (person$stayed - prob), rowsum(answer, factor(rows$person, levels = 1:people)))
}
at <- c(coef(stay), coef(gee))
bread <- solve(jacobian(function(par) colSums(by_person(par)), at))
meat <- crossprod(by_person(at))
stacked <- bread %*% meat %*% t(bread)
difference <- function(b) plogis(sum(b)) - plogis(b[1] + b[2])
slope <- grad(difference, coef(gee))
weighted <- list(alpha = unname(coef(stay)), beta = unname(coef(gee)), se = sqrt(diag(stacked))[4:6],
                 difference = difference(coef(gee)), difference_se = sqrt(drop(slope %*% stacked[4:6, 4:6] %*% slope)),
                 known_se = unname(summary(gee)$coefficients[, "Std.err"]))
out <- list(pooled = pooled, weighted = weighted,
            two_level = two_level, posterior = posterior,
            versions = list(R = R.version.string, mice = as.character(packageVersion("mice")),
                            geepack = as.character(packageVersion("geepack")),
                            glmmTMB = as.character(packageVersion("glmmTMB"))))
write(toJSON(out, digits = NA, auto_unbox = TRUE, pretty = TRUE), "expected/missing.json")
