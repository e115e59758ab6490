# Boundaries of repeated looks by rpact, and conditional power by simulation-free formulas written out here.
# Writes expected/interim.json.
suppressMessages({library(rpact); library(jsonlite); library(mvtnorm)})
designs <- list(
  list(type = "asOF", t = c(0.5, 1), sided = 2), list(type = "asOF", t = c(0.25, 0.5, 0.75, 1), sided = 1),
  list(type = "asP", t = c(0.2, 0.5, 0.8, 1), sided = 2), list(type = "asP", t = c(1/3, 2/3, 1), sided = 1),
  list(type = "asKD", gamma = 2, t = c(0.3, 0.6, 1), sided = 2), list(type = "asHSD", gamma = -4, t = c(0.4, 0.7, 1), sided = 1),
  list(type = "OF", t = (1:5) / 5, sided = 2), list(type = "P", t = (1:5) / 5, sided = 2),
  list(type = "OF", t = (1:3) / 3, sided = 1), list(type = "P", t = (1:4) / 4, sided = 1)
)
out <- lapply(designs, function(d) {
  alpha <- if (d$sided == 2) 0.05 else 0.025
  args <- list(kMax = length(d$t), alpha = alpha, sided = d$sided, informationRates = d$t, typeOfDesign = d$type, tolerance = 1e-10)
  if (!is.null(d$gamma)) args$gammaA <- d$gamma
  g <- do.call(getDesignGroupSequential, args)
  # the chance of crossing, again, from the joint normal of the looks
  S <- outer(d$t, d$t, function(a, b) sqrt(pmin(a, b) / pmax(a, b)))
  z <- g$criticalValues
  inside <- pmvnorm(lower = if (d$sided == 2) -z else rep(-Inf, length(z)), upper = z, corr = S, algorithm = Miwa(steps = 512))
  c(d, list(alpha = alpha, z = z, spent = g$alphaSpent, crossed = 1 - as.numeric(inside)))
})
hp <- function(t, alpha, limit) {
  S <- outer(t, t, function(a, b) sqrt(pmin(a, b) / pmax(a, b))); k <- length(t)
  f <- function(c) { z <- c(rep(limit, k - 1), c); 1 - alpha - pmvnorm(lower = -z, upper = z, corr = S, algorithm = Miwa(steps = 1024)) }
  uniroot(f, c(1.5, 3), tol = 1e-12)$root
}
# given z at fraction t, the final score is normal with this mean and variance
conditional <- function(z, t, drift, c) pnorm(c, z * sqrt(t) + drift * (1 - t), sqrt(1 - t), lower.tail = FALSE)
predictive <- function(z, t, c) integrate(function(d) conditional(z, t, d, c) * dnorm(d, z / sqrt(t), 1 / sqrt(t)), -Inf, Inf, rel.tol = 1e-11)$value
write_json(list(designs = out, haybittle = hp(c(0.5, 1), 0.05, 3),
  conditional = list(trend = conditional(1.2, 0.5, 1.2 / sqrt(0.5), 1.97), design = conditional(1.2, 0.5, 2.8, 1.97),
                     null = conditional(1.2, 0.5, 0, 1.97), predictive = predictive(1.2, 0.5, 1.97)),
  versions = list(R = R.version.string, rpact = as.character(packageVersion("rpact")), mvtnorm = as.character(packageVersion("mvtnorm")))),
  file.path("expected", "interim.json"), auto_unbox = TRUE, digits = NA, pretty = 1)
