"""What a plan may settle about its further analyses; every block has defaults."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field


class SurvivalOptions(BaseModel):
    """Time to decision."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    limit_seconds: (
        Annotated[float, Field(gt=0, allow_inf_nan=False, description="Time at which a case is cut short, in seconds")]
        | None
    ) = None


class Options(BaseModel):
    """One block for each analysis that has something to settle."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    survival: SurvivalOptions = SurvivalOptions()
