"""What pre-commit installs for the hooks with `language: python`: nothing but the wheel of this release.

The wheel itself is built in packaging/wheel. It does not stand here, because a build system at the
root would make every user of a hook compile the program.
"""

from setuptools import setup

VERSION = "0.1.0"

setup(
    name="flink-migrate-hook",
    version=VERSION,
    description="Installs the wheel of flink-migrate for its pre-commit hooks",
    license="MIT OR Apache-2.0",
    packages=[],
    py_modules=[],
    install_requires=[f"flink-migrate=={VERSION}"],
)
