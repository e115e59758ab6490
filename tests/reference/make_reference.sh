#!/bin/sh
# Regenerates the data and the expected values from R. The tests themselves never call R.
# Debian: apt-get install r-base-core r-cran-lme4 r-cran-glmmtmb r-cran-lmertest r-cran-geepack r-cran-sandwich
#         r-cran-jsonlite r-cran-numderiv r-cran-mvtnorm r-cran-ordinal r-cran-psych r-cran-rpact
set -eu
cd "$(dirname "$0")"
mkdir -p data expected
Rscript data.R
Rscript mixed.R
Rscript robust.R
Rscript survival.R
Rscript missing.R
Rscript dynamics.R
Rscript forgetting_curve.R
Rscript readers.R
Rscript items.R
Rscript ordinal.R
Rscript interim.R
Rscript educator.R
Rscript sites.R
Rscript probit.R
