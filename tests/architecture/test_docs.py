"""What people rely on is written down: every command, flag, setting and key of the operator's file."""

from pathlib import Path

import typer.main

from bot.cli import app
from bot.config.settings import Settings

ROOT = Path(__file__).parents[2]
README = (ROOT / "README.md").read_text("utf-8")


def test_every_command_stands_in_the_readme_and_has_help():
    group = typer.main.get_command(app)
    for name, command in group.commands.items():
        assert f"`lintas {name}" in README, name
        assert command.help, name
        for parameter in command.params:
            if parameter.param_type_name == "option":
                assert parameter.help, f"{name} {parameter.name}"


def test_every_setting_stands_in_the_readme():
    for name in Settings.model_fields:
        assert f"`LINTAS_{name.upper()}`" in README, name


def test_every_make_target_of_the_readme_exists():
    makefile = (ROOT / "Makefile").read_text("utf-8")
    for target in ("setup", "run", "demo", "test", "lint", "bench"):
        assert f"\n{target}:" in makefile


def test_the_changelog_names_the_version():
    pyproject = (ROOT / "pyproject.toml").read_text("utf-8")
    version = next(line.split('"')[1] for line in pyproject.splitlines() if line.startswith("version ="))
    assert f"## {version}" in (ROOT / "CHANGELOG.md").read_text("utf-8")


def test_the_locks_carry_hashes_and_no_address():
    for name in ("requirements.lock", "requirements-dev.lock"):
        text = (ROOT / name).read_text("utf-8")
        assert "--hash=sha256:" in text
        assert "://" not in text
