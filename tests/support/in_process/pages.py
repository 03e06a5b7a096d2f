"""The pages of the way in as a browser without script reads them: filled by the real edge, without a build."""

import asyncio
import re
from html.parser import HTMLParser
from pathlib import Path

import httpx

from oauth2system.ui.pages.sign_in.rendered import PAGES
from oauth2system.web.edge import Edge
from tests.support.in_process.browsers import Browser, House
from tests.support.servers.built_pages import no_reflex

SHELL = (
    '<!DOCTYPE html><html lang="en"><head><title>{title}</title></head><body>'
    '<div class="ends" data-slot="" id="ends"></div>'
    '<main class="single" data-slot="" id="content"></main><footer>end</footer></body></html>'
)


class Read(HTMLParser):
    """What is on a page: its words, labels, buttons, fields, and the forms they are in."""

    def __init__(self, answer: httpx.Response) -> None:
        super().__init__()
        self.answer = answer
        self.labels: dict[str, str] = {}
        self.buttons: list[str] = []
        self.links: dict[str, str] = {}
        self.fields: dict[str, dict[str, str]] = {}
        self.forms: list[str] = []
        self._open: list[tuple[str, dict[str, str]]] = []
        self._words: list[str] = []
        self.feed(answer.text)
        self.text = " ".join("".join(self._words).split())
        found = re.search("<title>(.*?)</title>", answer.text)
        self.title = found[1] if found else ""
        heading = re.search("<h1[^>]*>(.*?)</h1>", answer.text)
        self.heading = re.sub("<[^>]*>", "", heading[1]) if heading else ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        if tag == "form":
            self.forms.append(given["action"])
        if tag in {"input", "textarea"}:
            self.fields[given["name"]] = given
            return
        self._open.append((tag, given))

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop()[0] != tag:
            pass

    def handle_data(self, data: str) -> None:
        self._words.append(data)
        for tag, given in reversed(self._open):
            if tag == "label":
                self.labels[data.strip()] = given["for"]
            elif tag == "button":
                self.buttons.append(data.strip())
            elif tag == "a" and "href" in given:
                self.links[data.strip()] = given["href"]
            else:
                continue
            break


def visited(house: House, browser: Browser, path: str, folder: Path, language: str = "en") -> Read:
    """Open a page in this browser, which asks for this language."""
    client = folder / "client"
    for route in (*PAGES, "/404"):
        file = client / f"{route.strip('/')}.html"
        if not file.exists():
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(SHELL.format(title=route))
    edge = Edge(house.runner, client, no_reflex, PAGES)

    async def get() -> httpx.Response:
        transport = httpx.ASGITransport(edge, client=(browser.ip, 4000))
        async with httpx.AsyncClient(
            transport=transport, base_url=browser.origin, cookies=browser.cookies, follow_redirects=True
        ) as client:
            return await client.get(path, headers={"accept-language": language})

    return Read(asyncio.run(get()))
