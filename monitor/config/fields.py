"""What models of the brand file are made of: cleaned and bounded texts, and a base that keeps unknown keys."""

from __future__ import annotations

from typing import Annotated

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field

from monitor import text


def cleaned(value: object) -> object:
    return " ".join(text.clean(value, 4000).split()) if isinstance(value, str) else value


Text = Annotated[str, Field(min_length=1, max_length=2000), BeforeValidator(cleaned)]
Name = Annotated[str, Field(min_length=1, max_length=200), BeforeValidator(cleaned)]
Names = tuple[Name, ...]
Short = Annotated[str, Field(max_length=200), BeforeValidator(cleaned)]
Long = Annotated[str, Field(max_length=2000), BeforeValidator(cleaned)]


class Model(BaseModel):
    """Unknown keys are kept (``model_extra``): ``check`` warns of them, ``convert`` carries them along."""

    model_config = ConfigDict(extra="allow", frozen=True)
