# Writes the five data sets of the reference fits. One row = one decision.
# treated = 1 for a decision of the exposed arm at the later phase (so it varies within clinician and within case).
one <- function(visits, clinicians, cases, sd_clinician, sd_case, sd_slope, intercept, later, effect) {
  d <- visits
  d$treated <- d$arm * d$later
  own <- rnorm(clinicians, 0, sd_clinician)
  easy <- rnorm(cases, 0, sd_case)
  gain <- rnorm(cases, 0, sd_slope)
  eta <- intercept + later * d$later + effect * d$treated + own[d$clinician] + easy[d$case] + gain[d$case] * d$treated
  d$y <- rbinom(nrow(d), 1, plogis(eta))
  slow <- rnorm(clinicians, 0, 0.35 * (sd_clinician > 0))
  long <- rnorm(cases, 0, 0.25)
  drag <- rnorm(cases, 0, 0.15 * (sd_slope > 0))
  d$logtime <- 4 - 0.1 * d$later + 0.08 * d$treated + slow[d$clinician] + long[d$case] + drag[d$case] * d$treated +
    rnorm(nrow(d), 0, 0.4)
  d$logtime <- round(d$logtime, 6)
  d$clinician <- sprintf("c%03d", d$clinician)
  d$case <- sprintf("k%02d", d$case)
  d[order(d$clinician, d$later, d$case), c("clinician", "case", "arm", "later", "treated", "y", "logtime")]
}

crossed <- function(clinicians, cases) {
  d <- expand.grid(case = seq_len(cases), clinician = seq_len(clinicians))
  d$arm <- d$clinician %% 2
  d$later <- (d$case + d$clinician %/% 2) %% 2
  d
}

write_one <- function(name, d) write.csv(d, file.path("data", paste0(name, ".csv")), row.names = FALSE, quote = FALSE)

# Every clinician sees every case.
set.seed(1)
write_one("balanced", one(crossed(60, 20), 60, 20, 0.7, 1.0, 0.8, 0.4, 0.1, 0.5))

# Between 3 and 24 decisions a clinician, arms 2 to 1.
set.seed(1)
d <- crossed(60, 24)
d$arm <- as.integer(d$clinician %% 3 == 0)
d <- d[unlist(lapply(split(seq_len(nrow(d)), d$clinician), function(i) sort(sample(i, sample(3:24, 1))))), ]
write_one("unbalanced", one(d, 60, 24, 0.8, 0.9, 0.8, 0.2, -0.2, 0.6))

# No variation between clinicians and none of the effect between cases.
set.seed(1)
write_one("zero_variance", one(crossed(36, 14), 36, 14, 0, 0.8, 0, 0.3, 0.1, 0.4))

# The treated cell is almost without errors.
set.seed(1)
write_one("near_separation", one(crossed(40, 16), 40, 16, 0.6, 0.6, 0.4, 2.2, 0.2, 1.8))

# Four forms of six cases; a clinician sees one form in each phase and never the other two.
d <- do.call(rbind, lapply(1:64, function(i) {
  first <- (i %/% 2) %% 4
  second <- (first + 1 + (i %/% 8) %% 3) %% 4
  data.frame(case = c(first * 6 + 1:6, second * 6 + 1:6), clinician = i, arm = i %% 2, later = rep(0:1, each = 6))
}))
set.seed(1)
write_one("missing_by_design", one(d, 64, 24, 0.9, 0.8, 0.7, 0.5, 0.0, -0.4))
