//! Colours and sizes of all figures, in points (1/72 inch).

/// Whether a figure stands on white or on a dark page.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[non_exhaustive]
pub enum Theme {
    /// Dark ink on white: for papers.
    #[default]
    Light,
    /// Light ink on a dark page: for slides.
    Dark,
}

named!(Theme, "theme", [Light "light", Dark "dark"]);

/// A colour, and how much of it covers what is below.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Paint {
    pub(super) rgb: [u8; 3],
    pub(super) alpha: f64,
}

const fn solid(rgb: u32) -> Paint {
    Paint { rgb: [(rgb >> 16) as u8, (rgb >> 8) as u8, rgb as u8], alpha: 1.0 }
}

impl Paint {
    pub(super) const fn mix(self, alpha: f64) -> Self {
        Self { alpha, ..self }
    }

    /// What it comes to over a page, so that several of them together look like one.
    pub(super) fn over(self, page: Paint) -> Self {
        let mixed =
            |k: usize| self.alpha * f64::from(self.rgb[k]) + (1.0 - self.alpha) * f64::from(page.rgb[k]);
        Self { rgb: [0, 1, 2].map(|k| mixed(k).round() as u8), alpha: 1.0 }
    }
}

/// Colours of a theme.
#[derive(Debug)]
pub(super) struct Palette {
    pub(super) page: Paint,
    /// Words.
    pub(super) ink: Paint,
    /// Words of less weight, axes.
    pub(super) soft: Paint,
    pub(super) grid: Paint,
    /// For things of different kinds: Okabe and Ito's, which the colour-blind can tell apart, ordered so that
    /// neighbours differ in grey too.
    pub(super) kinds: [Paint; 6],
    /// From little to much: viridis without the end that fades into the page.
    scale: [Paint; 7],
}

static LIGHT: Palette = Palette {
    page: solid(0xffffff),
    ink: solid(0x1f2328),
    soft: solid(0x59636e),
    grid: solid(0xe7e9ec),
    kinds: [
        solid(0x0072b2),
        solid(0xd55e00),
        solid(0x009e73),
        solid(0x8f3f71),
        solid(0xb8860b),
        solid(0x56b4e9),
    ],
    scale: [
        solid(0x440154),
        solid(0x443983),
        solid(0x31688e),
        solid(0x21918c),
        solid(0x35b779),
        solid(0x7ccc3c),
        solid(0xbcc818),
    ],
};

static DARK: Palette = Palette {
    page: solid(0x14181d),
    ink: solid(0xf0f3f6),
    soft: solid(0xa9b4c0),
    grid: solid(0x2b323a),
    kinds: [
        solid(0x56b4e9),
        solid(0xff8a3d),
        solid(0x3cc99a),
        solid(0xe08fc0),
        solid(0xe6c229),
        solid(0x9aa7ff),
    ],
    scale: [
        solid(0x6d5fc2),
        solid(0x4f7fd0),
        solid(0x2f9fb5),
        solid(0x2fb58c),
        solid(0x6fcf5a),
        solid(0xb5de2b),
        solid(0xfde725),
    ],
};

impl Palette {
    pub(super) fn of(theme: Theme) -> &'static Self {
        match theme {
            Theme::Light => &LIGHT,
            Theme::Dark => &DARK,
        }
    }

    /// The colour of the kind at a place: of more kinds than colours lighter ones, then darker ones.
    pub(super) fn kind(&self, place: usize) -> Paint {
        let own = self.kinds[place % self.kinds.len()];
        match place / self.kinds.len() % 3 {
            0 => own,
            1 => own.mix(LIGHTER),
            _ => own.mix(LIGHTER).over(self.ink),
        }
    }

    /// The colour at a share, 0 to 1, of the scale.
    pub(super) fn at(&self, share: f64) -> Paint {
        let place = share.clamp(0.0, 1.0) * (self.scale.len() - 1) as f64;
        let below = (place as usize).min(self.scale.len() - 2);
        let (from, to, part) = (self.scale[below].rgb, self.scale[below + 1].rgb, place - below as f64);
        let mixed = |k: usize| f64::from(from[k]) + part * (f64::from(to[k]) - f64::from(from[k]));
        Paint { rgb: [0, 1, 2].map(|k| mixed(k).round() as u8), alpha: 1.0 }
    }
}

/// How much of a lighter colour covers the page, and of a darker one the ink.
const LIGHTER: f64 = 0.45;
/// Points of a millimetre.
pub(super) const MILLIMETRE: f64 = 72.0 / 25.4;
/// Height over width of a figure of one panel.
pub(super) const ASPECT: f64 = 0.66;
/// Space around a figure.
pub(super) const MARGIN: f64 = 5.0;
/// Text of axes and labels, of ticks, and of titles.
pub(super) const TEXT: f64 = 7.5;
pub(super) const SMALL: f64 = 6.8;
pub(super) const TITLE: f64 = 8.5;
/// Width of curves, of axes and of grid lines.
pub(super) const CURVE: f64 = 1.3;
pub(super) const AXIS: f64 = 0.6;
pub(super) const HAIR: f64 = 0.4;
/// Dash and gap of what lies beyond the sweep, and of reference lines.
pub(super) const DASH: [f64; 2] = [4.0, 2.4];
/// Radius of a point.
pub(super) const POINT: f64 = 1.9;
/// How much a band covers: of the curve, and of new runs.
pub(super) const DENSE: f64 = 0.30;
pub(super) const PALE: f64 = 0.14;
