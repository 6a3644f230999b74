"""The environment of templates: those of the kit and of each wing, strict about names, and the GOV.UK components."""

import re
import secrets
from collections.abc import Callable, Iterable
from functools import partial
from importlib.resources import files
from typing import Any, Final

from jinja2 import ChoiceLoader, Environment, PackageLoader, PrefixLoader, StrictUndefined
from markupsafe import Markup

from grants.pages.words import FILTERS

KIT: Final = "grants.pages"
_COMPONENTS: Final = "govuk_frontend_jinja"


def environment(packages: Iterable[str], asset: Callable[[str], str]) -> Environment:
    """What pages are made from: the kit's templates, and those in the folder `templates` of each package.

    Each component of the GOV.UK Design System is a function there: `govukButton({"text": "Save"})`.
    `asset("site.css")` is where browsers find what comes with pages.
    """
    made = Environment(
        loader=ChoiceLoader([PackageLoader(name) for name in (KIT, *packages)]),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    made.filters.update(FILTERS)
    made.globals.update(_components(), asset=asset, new_once=partial(secrets.token_urlsafe, 16))
    return made


def _components() -> dict[str, Callable[[dict[str, Any]], Markup]]:
    # They ask for parameters that were not given: what is strict with our own names would refuse them.
    lenient = Environment(
        loader=PrefixLoader({_COMPONENTS: PackageLoader(_COMPONENTS)}),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        auto_reload=False,
    )
    folders = files(_COMPONENTS).joinpath("templates/components").iterdir()
    return {_function(folder.name): partial(_component, lenient, folder.name) for folder in folders}


def _function(folder: str) -> str:
    return "govuk" + re.sub(r"(?:^|-)([a-z])", lambda found: found[1].upper(), folder)


def _component(lenient: Environment, folder: str, params: dict[str, Any]) -> Markup:
    # Compiled when it is first asked for: all of them at once would be felt at each start.
    module = lenient.get_template(f"{_COMPONENTS}/components/{folder}/macro.html").module
    return Markup(getattr(module, _function(folder))(params))  # noqa: S704 - the library's own, which escapes what it is given
