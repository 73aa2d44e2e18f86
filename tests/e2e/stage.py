"""Which configurations the stories run in, and the one platform that is running."""

from dataclasses import dataclass
from pathlib import Path

from tests.e2e.platform import Platform


@dataclass(frozen=True, slots=True, kw_only=True)
class Configuration:
    """Settings that stories share; `thresholds` is a whole thresholds file, None for the shipped.

    `settings` are environment variables by name.
    """

    name: str
    thresholds: str | None = None
    settings: tuple[tuple[str, str], ...] = ()


class Stage:
    """Starts a platform when its configuration is asked for, and stops the one before."""

    def __init__(self, *, folder: Path, models: Path) -> None:
        self._folder = folder
        self._models = models
        self._playing: tuple[Configuration, Platform] | None = None

    def platform(self, configuration: Configuration) -> Platform:
        if self._playing is not None:
            if self._playing[0] == configuration:
                return self._playing[1]
            self.clear()
        folder = self._folder / configuration.name
        folder.mkdir(exist_ok=True)
        settings = dict(configuration.settings)
        if configuration.thresholds is not None:
            path = folder / "thresholds.toml"
            path.write_text(configuration.thresholds)
            settings["MODERATION_THRESHOLDS"] = str(path)
        platform = Platform(folder=folder, models=self._models, settings=settings)
        self._playing = (configuration, platform)
        platform.start()
        return platform

    def clear(self) -> None:
        """Stop what is running; a process left behind is an error."""
        if self._playing is None:
            return
        _, platform = self._playing
        self._playing = None
        platform.stop()
