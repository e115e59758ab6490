# The loop of power_beside_r.py in R: outcomes drawn on a given design, then lme4::glmer. One line of JSON for each line
# it is given.
suppressMessages(library(lme4))
folder <- commandArgs(trailingOnly = TRUE)[1]
set.seed(20261123)
form <- y ~ later + treated + (1 + later | clinician) + (1 + treated | case)
control <- glmerControl(optimizer = "bobyqa", check.conv.singular = "ignore", optCtrl = list(maxfun = 20000))
quiet <- function(data) suppressWarnings(suppressMessages(glmer(form, data, family = binomial, control = control)))
number <- function(x) format(x, digits = 10)
turn <- file("stdin", open = "r")
for (file in sort(list.files(folder, full.names = TRUE))) {
  data <- read.csv(file)
  fitted <- quiet(data)
  readLines(turn, n = 1)
  spent <- sum(system.time({
    people <- unique(data$clinician); cases <- unique(data$case)
    eta <- 0.4 + 0.1 * data$later - 0.3 * data$treated +
      rnorm(length(people), 0, 0.7)[match(data$clinician, people)] + rnorm(length(cases), 0, 0.9)[match(data$case, cases)]
    drawn <- data
    drawn$y <- rbinom(nrow(data), 1, plogis(eta))
    quiet(drawn)
  })[1:2])
  cat(sprintf(
    '{"processor_s": %s, "treated": %s, "loglik": %s}\n',
    number(spent), number(fixef(fitted)[["treated"]]), number(as.numeric(logLik(fitted)))
  ))
}
