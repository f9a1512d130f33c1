"""`make screenshots`: pictures of the pages for the README, of a demo plant that this program starts and ends.

Each is a PNG of 1280 by 800 below 150 kB. It takes about two minutes: the synchronisation has to have run once.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
from PIL import Image
from playwright.sync_api import sync_playwright

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))

from tests.pages.conftest import CHROMIUM  # noqa: E402  (the checkout is on the path only now)
from tests.pages.plant_server import PASSWORD, PlantServer  # noqa: E402

PICTURES = ROOT / "docs" / "pictures"
SIZE = {"width": 1280, "height": 800}
UNIT = r"\\AFDEMO\ProductionDB\Loy_Yang_A_Plant\Unit_1"
LONGEST = 180


def web_ids(client: httpx.Client) -> dict[str, str]:
    found = client.get("/streams/found", params={"q": "Loy_Yang_A_Unit001*", "maxCount": 8}).json()["Items"]
    batches = client.get("/events/rows", params={"start": "*-30d", "template": "BatchRunTemplate", "maxCount": 4})
    alarm = client.get("/events/rows", params={"start": "*-7d", "template": "AlarmTemplate"}).json()["Items"][0]
    return {
        "unit": client.get("/piwebapi/elements", params={"path": UNIT}).json()["WebId"],
        "points": "&".join(f"webid={point['WebId']}" for point in found),
        "point": found[0]["WebId"],
        "alarm": alarm["WebId"],
        "batches": "&".join(f"id={row['WebId']}" for row in batches.json()["Items"]),
    }


def pages(known: dict[str, str]) -> dict[str, str]:
    return {
        "home": "/",
        "browse": "/piwebapi/assetservers",
        "explorer": f"/elements/?webid={known['unit']}",
        "points": f"/points/{known['point']}/",
        "monitor": f"/streams/?{known['points']}",
        "trend": f"/trend/?{known['points'][: known['points'].index('&', 200)]}&start=*-1h",
        "events": f"/events/?start=*-7d&id={known['alarm']}",
        "compare": f"/events/compare/?{known['batches']}",
        "ingestion": "/ingestion/",
        "admin": "/admin/",
    }


def sign_in(context: Any, url: str) -> None:
    page = context.new_page()
    page.goto(f"{url}/sign-in/")
    page.get_by_label("User name").fill("admin")
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("main").get_by_role("button", name="Sign in").click()
    page.wait_for_url(f"{url}/")
    page.close()


def shoot(url: str) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    with httpx.Client(base_url=url, timeout=30) as client, sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=list(CHROMIUM))
        context = browser.new_context(viewport=SIZE, timezone_id="UTC", reduced_motion="reduce")
        sign_in(context, url)
        for name, path in pages(web_ids(client)).items():
            page = context.new_page()
            page.goto(url + path)
            page.wait_for_timeout(6000 if name == "monitor" else 3000)
            picture = PICTURES / f"{name}.png"
            small(page.screenshot()).save(picture, optimize=True)
            page.close()
            print(f"{picture.relative_to(ROOT)}: {picture.stat().st_size / 1000:.0f} kB")
        browser.close()


def small(picture: bytes) -> Image.Image:
    """128 colours are enough for pages, and a third of the bytes."""
    return Image.open(BytesIO(picture)).convert("RGB").quantize(128, dither=Image.Dither.NONE)


def wait(url: str, group: subprocess.Popen[bytes]) -> None:
    """Until the plant answers and a run of the synchronisation is done."""
    deadline = time.monotonic() + LONGEST
    while time.monotonic() < deadline:
        assert group.poll() is None, "the plant has stopped"
        try:
            if httpx.get(f"{url}/api/ingestion/status", timeout=5).json()["last_run"]:
                return
        except httpx.TransportError:
            pass
        time.sleep(2)
    raise SystemExit("The plant has not synchronised in time.")


def main() -> None:
    with tempfile.TemporaryDirectory() as directory:
        server = PlantServer(Path(directory))
        environment = server.environment | {"OSIPI_DEMO_TAGS": "1040"}
        group = subprocess.Popen([sys.executable, "manage.py", "up"], cwd=ROOT, env=environment)
        try:
            wait(server.url, group)
            shoot(server.url)
        finally:
            group.terminate()
            group.wait(30)


if __name__ == "__main__":
    main()
