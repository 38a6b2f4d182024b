"""Golden values of Pillow's operators for test/data/transforms/pillow-operators.json: python bench/peers/pillow_operators.py FILE"""
import base64
import json
import sys

import numpy as np
import PIL
from PIL import Image, ImageEnhance, ImageFilter, ImageOps

W, H = 13, 10
BICUBIC = Image.Resampling.BICUBIC
FILL = (124, 116, 104)


def picture():
    """A smooth ground with noise: byte i is (5·x + 11·y + 60·c + noise) mod 256, noise from a 32-bit LCG."""
    state, out = 1, np.zeros((H, W, 3), np.uint8)
    for y in range(H):
        for x in range(W):
            for c in range(3):
                state = (1664525 * state + 1013904223) % 2**32
                out[y, x, c] = (5 * x + 11 * y + 60 * c + (state >> 27)) % 256
    return Image.fromarray(out)


def shift_hue(image, hue):
    h, s, v = image.convert("HSV").split()
    moved = (np.asarray(h, np.int32) + int(hue * 255)) % 256
    return Image.merge("HSV", (Image.fromarray(moved.astype(np.uint8)), s, v)).convert("RGB")


def affine(image, data):
    return image.transform(image.size, Image.Transform.AFFINE, data, resample=BICUBIC, fillcolor=FILL)


image = picture()
results = {
    "autoContrast": ImageOps.autocontrast(image),
    "equalise": ImageOps.equalize(image),
    "invert": ImageOps.invert(image),
    "rotate 27": image.rotate(27, resample=BICUBIC, fillcolor=FILL),
    "rotate -13.5": image.rotate(-13.5, resample=BICUBIC, fillcolor=FILL),
    "posterise 1": ImageOps.posterize(image, 1),
    "posterise 3": ImageOps.posterize(image, 3),
    "solarise 26": ImageOps.solarize(image, 26),
    "solarise 128": ImageOps.solarize(image, 128),
    "solariseAdd 99": image.point([min(255, i + 99) if i < 128 else i for i in range(256)] * 3),
    "colour 1.81": ImageEnhance.Color(image).enhance(1.81),
    "colour 0.19": ImageEnhance.Color(image).enhance(0.19),
    "contrast 1.81": ImageEnhance.Contrast(image).enhance(1.81),
    "contrast 0.19": ImageEnhance.Contrast(image).enhance(0.19),
    "brightness 1.81": ImageEnhance.Brightness(image).enhance(1.81),
    "brightness 0.19": ImageEnhance.Brightness(image).enhance(0.19),
    "sharpness 1.81": ImageEnhance.Sharpness(image).enhance(1.81),
    "sharpness 0.19": ImageEnhance.Sharpness(image).enhance(0.19),
    "shearX 0.27": affine(image, (1, 0.27, 0, 0, 1, 0)),
    "shearY -0.27": affine(image, (1, 0, 0, -0.27, 1, 0)),
    "translateX 5.265": affine(image, (1, 0, 5.265, 0, 1, 0)),
    "translateY -4.05": affine(image, (1, 0, 0, 0, 1, -4.05)),
    "hue 0.1": shift_hue(image, 0.1),
    "hue -0.1": shift_hue(image, -0.1),
    "greyscale": image.convert("L").convert("RGB"),
    "blur 0.7": image.filter(ImageFilter.GaussianBlur(0.7)),
    "blur 1.9": image.filter(ImageFilter.GaussianBlur(1.9)),
}
encoded = {name: base64.b64encode(np.asarray(made).tobytes()).decode() for name, made in results.items()}
with open(sys.argv[1], "w") as file:
    json.dump({"pillow": PIL.__version__, "width": W, "height": H, "results": encoded}, file, indent=1)
    file.write("\n")
