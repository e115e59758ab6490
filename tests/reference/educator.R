# Psychometrics for educators: variance components by lme4 and, for complete data, by the analysis of variance; Mantel and
# Haenszel by mantelhaen.test; logistic DIF by glm; borderline regression by lm. Writes data/educator_*.csv and
# expected/educator.json.
suppressMessages({library(lme4); library(jsonlite)})
set.seed(20261126)
scores <- function(keep) {
  d <- expand.grid(person = 1:40, case = 1:12)
  d$score <- round(0.6 + rnorm(40, 0, 0.12)[d$person] + rnorm(12, 0, 0.1)[d$case] + rnorm(nrow(d), 0, 0.2), 3)
  d[runif(nrow(d)) < keep, ]
}
components <- function(d) {
  m <- lmer(score ~ 1 + (1 | person) + (1 | case), d, control = lmerControl(optimizer = "bobyqa", optCtrl = list(rhoend = 1e-10)))
  v <- as.data.frame(VarCorr(m)); setNames(v$vcov, v$grp)[c("person", "case", "Residual")]
}
complete <- scores(1); holes <- scores(0.7)
a <- anova(lm(score ~ factor(person) + factor(case), complete))$`Mean Sq`
by_anova <- c((a[1] - a[3]) / 12, (a[2] - a[3]) / 40, a[3])

n <- 400; focal <- rep(0:1, each = n / 2); theta <- rnorm(n, -0.2 * focal)
items <- sapply(seq(-1.2, 1.2, length.out = 8), function(b) rbinom(n, 1, plogis(theta - b)))
items[, 3] <- rbinom(n, 1, plogis(theta + 0.3 - 0.9 * focal)); items[, 6] <- rbinom(n, 1, plogis(theta * (0.4 + 1.4 * focal) - 0.5))
total <- rowSums(items)
dif <- lapply(c(1, 3, 6), function(i) {
  t <- table(factor(items[, i], c(1, 0)), factor(focal, c(1, 0)), total)
  t <- t[, , apply(t, 3, function(s) min(rowSums(s), colSums(s)) > 0), drop = FALSE]
  m <- mantelhaen.test(t)
  f <- list(items[, i] ~ total, items[, i] ~ total + focal, items[, i] ~ total * focal)
  l <- sapply(f, function(g) as.numeric(logLik(glm(g, binomial, control = list(epsilon = 1e-14)))))
  list(item = i, ratio = unname(m$estimate), low = m$conf.int[1], high = m$conf.int[2], chi = unname(m$statistic), p = m$p.value,
       uniform = 2 * (l[2] - l[1]), changing = 2 * (l[3] - l[2]))
})
grade <- sample(1:5, 80, TRUE, c(1, 2, 4, 3, 2)); checklist <- round(30 + 9 * grade + rnorm(80, 0, 7), 1)
m <- lm(checklist ~ grade); p <- predict(m, data.frame(grade = 2), interval = "confidence", se.fit = TRUE)
write.csv(complete, "data/educator_complete.csv", row.names = FALSE); write.csv(holes, "data/educator_holes.csv", row.names = FALSE)
write.csv(data.frame(items, focal), "data/educator_dif.csv", row.names = FALSE)
write.csv(data.frame(grade, checklist), "data/educator_borderline.csv", row.names = FALSE)
write_json(list(anova = by_anova, complete = unname(components(complete)), holes = unname(components(holes)), dif = dif,
  borderline = list(cut = p$fit[1], low = p$fit[2], high = p$fit[3], se = p$se.fit, rmse = summary(m)$sigma, r2 = summary(m)$r.squared),
  versions = list(R = R.version.string, lme4 = as.character(packageVersion("lme4")))),
  "expected/educator.json", auto_unbox = TRUE, digits = NA, pretty = 1)
