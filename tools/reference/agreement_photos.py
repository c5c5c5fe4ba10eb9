"""Makes the folder of photos that TestScaledAgreement of core/model is run on.

    agreement_photos.py PICTURES OUT    photos of 2 megapixels and more, and regions of the larger ones, as JPEGs in OUT

It needs Pillow. PICTURES is a folder with the unpacked contents of, each in a folder of its own name,

- Debian's packages lomiri-wallpapers-16.04, lomiri-wallpapers-20.04 (CC BY 4.0, CC BY-SA 3.0 and 4.0, CC0),
  mate-backgrounds (GPL 2 or later), plasma-workspace-wallpapers (GPL 2 or later, LGPL 3) and ukui-wallpapers, 20.04.4
  or later (CC BY-SA 3.0); who made which is in each package's copyright file;
- npm's packages below, templates of pages (MIT).

Only photographs are taken, no drawings. A photo is copied as it is. One that holds two regions of 2 megapixels or more
is cut into as many as it holds, which do not overlap, each saved at quality 92; they are photos of other things.
"""

import pathlib
import shutil
import sys

from PIL import Image

PHOTOS = {
    "material-dashboard": "ivancik office-dark product-11 product-details-1 vr-bg",
    "material-kit": "bg7 profile_city",
    "paper-kit-2": "antoine-barres login-image",
    "paper-kit-react": "header login",
    "soft-ui-dashboard": "home-decor-1 home-decor-2 home-decor-3",
    "soft-ui-design-system": "annie-spratt card-2 card-3 toa-heftiba",
    "startbootstrap-agency": "header-bg",
    "startbootstrap-business-casual": "bg",
    "startbootstrap-clean-blog": "about-bg contact-bg home-bg post-bg",
    "startbootstrap-creative": "bg-masthead",
    "startbootstrap-grayscale": "bg-masthead bg-signup",
    "startbootstrap-landing-page": "bg-masthead",
    "startbootstrap-stylish-portfolio": "bg-callout bg-masthead",
    "lomiri-wallpapers-16.04": """Bridge_by_Sander_Klootwijk Dragonfly_by_Bolly Picture_0B_by_freespace Wine_by_Jakkub_Mede
        aitzgorri_by_Aitzol_Berasategi analogpattern_by_Peter_Nerlich free_by_Peter_Nerlich friends_by_Aitzol_Berasategi
        greentock_by_Peter_Nerlich life_by_Aitzol_Berasategi picosdeeuropa_by_Aitzol_Berasategi
        seeding_by_Clements_Engelhardt sunset_by_Aitzol_Berasategi""",
    "lomiri-wallpapers-20.04": "Kleiber_by_Lukas_Baubkus",
    "mate-backgrounds": "Aqua Blinds Garden LadyBird RainDrops Storm TwoWings Wood YellowFlower",
    "ukui-wallpapers": """bluebird bridgecity bridgecity2 flamingos horse house look mountain mountain-range mountain2 sea sky
        snowy-mountains still-life sunf""",
    # These are named by their folder.
    "plasma-workspace-wallpapers": "BytheWater ColdRipple ColorfulCups EveningGlow FallenLeaf Grey Kite OneStandsOut Path summer_1am",
}
LEAST = 2_000_000


def find(folder, package, name):
    """The largest JPEG of that name."""
    pattern = f"{name}/contents/images/*.jpg" if package.startswith("plasma") else f"{name}.jpg"
    found = list((folder / package).rglob(pattern))
    if not found:
        sys.exit(f"{folder / package} has no {pattern}: unpack the package {package} there")
    return max(found, key=lambda p: (area(p), str(p)))


def area(path):
    with Image.open(path) as image:
        return image.width * image.height


def grid(width, height):
    """How many columns and rows of regions of LEAST pixels there are: as many as possible, as square as possible."""
    fits = [(c, r) for c in range(1, 8) for r in range(1, 8) if (width // c) * (height // r) >= LEAST]
    return max(fits, key=lambda g: (g[0] * g[1], -abs(width / g[0] - height / g[1])))


def main():
    folder, out = map(pathlib.Path, sys.argv[1:])
    out.mkdir(parents=True, exist_ok=True)
    whole = regions = 0
    for package, names in PHOTOS.items():
        for name in names.split():
            path = find(folder, package, name)
            shutil.copyfile(path, out / f"{package} {name}.jpg")
            whole += 1
            image = Image.open(path).convert("RGB")
            columns, rows = grid(*image.size)
            if columns * rows < 2:
                continue
            w, h = image.width // columns, image.height // rows
            for y in range(rows):
                for x in range(columns):
                    image.crop((x * w, y * h, x * w + w, y * h + h)).save(out / f"{package} {name} {y * columns + x + 1}.jpg", quality=92)
                    regions += 1
    print(f"{whole} photos and {regions} regions")


if __name__ == "__main__":
    main()
