"""A PNG of at most 256 colours: what a screen shows has few, and takes a third of the room then."""

import base64
import struct
import zlib

from playwright.sync_api import Browser

_SIGNATURE = b"\x89PNG\r\n\x1a\n"
_PALETTE = 3
_DEPTH = 8

# The browser has the pixels already, and is quick: it returns the size, the most frequent colours,
# and for each pixel the number of the nearest of them.
_REDUCE = """async (encoded) => {
  const image = new Image();
  image.src = `data:image/png;base64,${encoded}`;
  await image.decode();
  const canvas = Object.assign(document.createElement("canvas"),
    { width: image.width, height: image.height });
  const drawing = canvas.getContext("2d");
  drawing.drawImage(image, 0, 0);
  const { data } = drawing.getImageData(0, 0, image.width, image.height);
  const counts = new Map();
  const pixels = new Uint32Array(image.width * image.height);
  for (let at = 0; at < pixels.length; at++) {
    const colour = (data[4 * at] << 16) | (data[4 * at + 1] << 8) | data[4 * at + 2];
    pixels[at] = colour;
    counts.set(colour, (counts.get(colour) || 0) + 1);
  }
  const cells = new Map();  // of colours that are nearly the same, the most frequent one
  for (const [colour, count] of [...counts].sort((a, b) => b[1] - a[1])) {
    const cell = colour & 0xf8f8f8;
    const found = cells.get(cell);
    cells.set(cell, found ? [found[0], found[1] + count] : [colour, count]);
  }
  const frequent = [...cells.values()].sort((a, b) => b[1] - a[1]);
  const kept = frequent.slice(0, 256).map(([colour]) => colour);
  const part = (colour, shift) => (colour >> shift) & 255;
  const nearest = new Map(kept.map((colour, number) => [colour, number]));
  const numberOf = (colour) => {
    if (!nearest.has(colour)) {
      let [best, least] = [0, Infinity];
      kept.forEach((other, number) => {
        const far = [16, 8, 0].reduce((sum, s) => sum + (part(colour, s) - part(other, s)) ** 2, 0);
        if (far < least) [best, least] = [number, far];
      });
      nearest.set(colour, best);
    }
    return nearest.get(colour);
  };
  const numbers = Uint8Array.from(pixels, numberOf);
  let text = "";
  for (let at = 0; at < numbers.length; at += 32768) {
    text += String.fromCharCode(...numbers.subarray(at, at + 32768));
  }
  return { width: image.width, height: image.height, kept, numbers: btoa(text) };
}"""


def palette_png(picture: bytes, browser: Browser) -> bytes:
    """Return a picture with its colours in a palette; rarer ones become the nearest of it."""
    page = browser.new_page()
    found = page.evaluate(_REDUCE, base64.b64encode(picture).decode())
    page.close()
    width, height = found["width"], found["height"]
    numbers = base64.b64decode(found["numbers"])
    lines = b"".join(
        b"\0" + numbers[start : start + width] for start in range(0, len(numbers), width)
    )
    head = struct.pack(">IIBBBBB", width, height, _DEPTH, _PALETTE, 0, 0, 0)
    colours = b"".join(colour.to_bytes(3, "big") for colour in found["kept"])
    parts = (
        (b"IHDR", head),
        (b"PLTE", colours),
        (b"IDAT", zlib.compress(lines, 9)),
        (b"IEND", b""),
    )
    return _SIGNATURE + b"".join(_chunk(kind, content) for kind, content in parts)


def _chunk(kind: bytes, content: bytes) -> bytes:
    check = zlib.crc32(kind + content)
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", check)
