"""publiccode.yml keeps to the standard that it names (0.4), and tells no more than is true. Its own validator is in no package that
we reach, so that its rules are told here."""
import pathlib
import re
import urllib.parse

import yaml

ROOT = pathlib.Path(__file__).resolve().parents[2]
TEXT = (ROOT / "publiccode.yml").read_text(encoding="utf-8")
DOCUMENT = yaml.safe_load(TEXT)
MANDATORY = {"publiccodeYmlVersion", "name", "url", "platforms", "categories", "developmentStatus", "softwareType", "description", "legal",
             "maintenance", "localisation"}


def test_what_is_mandatory_is_there_and_well_formed():
    assert MANDATORY <= set(DOCUMENT) and DOCUMENT["publiccodeYmlVersion"] == "0.4"
    assert DOCUMENT["developmentStatus"] in ("concept", "development", "beta", "stable", "obsolete")
    assert re.fullmatch(r"standalone/(mobile|iot|desktop|web|backend|other)|addon|library|configurationFiles", DOCUMENT["softwareType"])
    assert set(DOCUMENT["platforms"]) <= {"web", "windows", "mac", "linux", "ios", "android"}
    assert DOCUMENT["maintenance"]["type"] in ("internal", "contract", "community", "none")
    assert DOCUMENT["maintenance"]["type"] not in ("internal", "community") or DOCUMENT["maintenance"]["contacts"]
    assert isinstance(DOCUMENT["localisation"]["localisationReady"], bool)


def test_each_language_of_the_product_has_its_description():
    languages = {path.stem for path in (ROOT / "api" / "base" / "text").glob("*.json")}
    assert set(DOCUMENT["description"]) == set(DOCUMENT["localisation"]["availableLanguages"]) == languages
    numbers = set()
    for description in DOCUMENT["description"].values():
        assert len(description["shortDescription"]) <= 150 and "\n" not in description["shortDescription"]
        assert 150 <= len(description["longDescription"]) <= 10000
        numbers.add(len(description["features"]))
    assert numbers == {5}


def test_the_address_is_a_repository_or_says_that_there_is_none():
    """A name under example.org is somebody's; .invalid is nobody's, by RFC 2606."""
    url = urllib.parse.urlsplit(DOCUMENT["url"])
    assert url.scheme == "https" and url.path.endswith(".git") and not url.hostname.endswith(("example.org", "example.com", "localhost"))
    if url.hostname.endswith(".invalid"):
        assert "softwareVersion" not in DOCUMENT and "releaseDate" not in DOCUMENT and "landingURL" not in DOCUMENT


def test_the_licence_is_the_one_beside_it():
    assert DOCUMENT["legal"]["license"] == "EUPL-1.2"
    assert (ROOT / "LICENSE").read_text(encoding="utf-8").startswith("EUROPEAN UNION PUBLIC LICENCE v. 1.2")


def test_what_it_depends_on_is_what_the_packages_bring():
    packages = (ROOT / "docker" / "apt.txt").read_text()
    for dependency in DOCUMENT["dependsOn"]["open"]:
        assert f"\n{dependency['name'].lower()}-{dependency['versionMin']}\n" in packages
