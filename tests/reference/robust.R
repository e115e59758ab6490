# GEE, clustered covariances and standardised risk differences. Writes expected/robust.json.
suppressMessages({library(geepack); library(sandwich); library(jsonlite); library(numDeriv)})
options(warn = -1)

sets <- c("balanced", "unbalanced", "zero_variance", "near_separation", "missing_by_design")
out <- list()
for (set in sets) {
  d <- read.csv(file.path("data", paste0(set, ".csv")))
  d <- d[order(d$clinician), ]
  d$id <- as.integer(factor(d$clinician))
  g <- glm(y ~ later + treated, binomial, d)
  standardised <- function(V) {
    rd <- function(b) mean(plogis(b[1] + b[2] + b[3])) - mean(plogis(b[1] + b[2]))
    J <- grad(rd, coef(g))
    c(rd(coef(g)), sqrt(drop(J %*% V %*% J)))
  }
  one <- vcovCL(g, ~clinician, type = "HC1")
  two <- vcovCL(g, ~clinician + case, type = "HC1")
  linear <- lm(logtime ~ later + treated, d)
  here <- list(
    glm = list(beta = unname(coef(g)), se_clinician = unname(sqrt(diag(one))), se_two_way = unname(sqrt(diag(two))),
               difference_clinician = standardised(one), difference_two_way = standardised(two)),
    lm = list(beta = unname(coef(linear)), se_clinician = unname(sqrt(diag(vcovCL(linear, ~clinician, type = "HC1")))),
              se_two_way = unname(sqrt(diag(vcovCL(linear, ~clinician + case, type = "HC1"))))))
  for (corr in c("independence", "exchangeable")) {
    m <- geeglm(y ~ later + treated, binomial, d, id = id, corstr = corr)
    here[[corr]] <- list(beta = unname(coef(m)), se = unname(summary(m)$coefficients[, "Std.err"]))
  }
  out[[set]] <- here
}
out$versions <- list(R = R.version.string, geepack = as.character(packageVersion("geepack")),
                     sandwich = as.character(packageVersion("sandwich")))
write_json(out, file.path("expected", "robust.json"), auto_unbox = TRUE, digits = NA, na = "null", pretty = 1)
