//! The colours, by what they mean.

use crate::workspace::Environment;
use egui::Color32;

/// A meaning in two strengths: for text and icons, and for the ground behind them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Tint {
    /// Of text, icons and lines; at least 4.5 : 1 on every surface.
    pub strong: Color32,
    /// Of the ground.
    pub faint: Color32,
}

/// What a colour says; a word or an icon says it too.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Meaning {
    /// Nothing in particular.
    Plain,
    /// It went well.
    Good,
    /// Somebody should look.
    Attention,
    /// It went wrong, or cannot be.
    Bad,
    /// Worth knowing.
    Information,
    /// What the window itself proposes.
    Accent,
}

/// The colours of a theme.
#[derive(Debug)]
pub struct Tokens {
    /// Ground of the window.
    pub canvas: Color32,
    /// Ground of rail and bars.
    pub frame: Color32,
    /// Ground of cards and tables.
    pub surface: Color32,
    /// Ground of what floats.
    pub raised: Color32,
    /// Ground of what lies deeper: headers, wells, code.
    pub sunken: Color32,
    /// Ground of a text field.
    pub field: Color32,
    /// Ground of a row under the pointer.
    pub hover: Color32,
    /// Ground of what is chosen.
    pub selected: Color32,
    /// Lines between the two sides of a mapping, while nobody touches them.
    pub wire: Color32,
    /// The one line between things.
    pub hairline: Color32,
    /// Headings and figures.
    pub strong: Color32,
    /// Ordinary text.
    pub text: Color32,
    /// Text that accompanies.
    pub quiet: Color32,
    /// Buttons.
    pub control: Color32,
    /// Buttons under the pointer.
    pub control_hover: Color32,
    /// Buttons held down.
    pub control_press: Color32,
    /// Edge of buttons and fields.
    pub control_line: Color32,
    /// The one button to press, the focus ring, what is under way.
    pub accent: Color32,
    /// The same, under the pointer.
    pub accent_hover: Color32,
    /// Text on the accent.
    pub on_accent: Color32,
    /// Links and chosen names.
    pub accent_text: Color32,
    /// Ground of what is proposed.
    pub accent_faint: Color32,
    /// It went well.
    pub good: Tint,
    /// Somebody should look.
    pub attention: Tint,
    /// It went wrong.
    pub bad: Tint,
    /// Worth knowing.
    pub information: Tint,
    /// Ground of the button that writes to production.
    pub danger: Color32,
    /// The same, under the pointer.
    pub danger_hover: Color32,
    /// Under floating things.
    pub shadow: Color32,
    /// Over what a decision hides.
    pub veil: Color32,
}

static LIGHT: Tokens = Tokens {
    canvas: rgb(0xF6F7F9),
    frame: rgb(0xEEF0F4),
    surface: rgb(0xFFFFFF),
    raised: rgb(0xFFFFFF),
    sunken: rgb(0xF3F5F8),
    field: rgb(0xFFFFFF),
    hover: rgb(0xF0F3F8),
    selected: rgb(0xE4EAFB),
    wire: rgb(0x7F8B9A),
    hairline: rgb(0xE1E5EB),
    strong: rgb(0x11161D),
    text: rgb(0x2A323D),
    quiet: rgb(0x5D6877),
    control: rgb(0xFFFFFF),
    control_hover: rgb(0xF2F4F8),
    control_press: rgb(0xE6EAF1),
    control_line: rgb(0xCDD4DE),
    accent: rgb(0x3B5BDB),
    accent_hover: rgb(0x304DC2),
    on_accent: rgb(0xFFFFFF),
    accent_text: rgb(0x3350C6),
    accent_faint: rgb(0xEDF1FD),
    good: Tint { strong: rgb(0x176B43), faint: rgb(0xE2F4EA) },
    attention: Tint { strong: rgb(0x8A5207), faint: rgb(0xFDF1DC) },
    bad: Tint { strong: rgb(0xB42A2A), faint: rgb(0xFDEBEA) },
    information: Tint { strong: rgb(0x1B5DA8), faint: rgb(0xE6F0FB) },
    danger: rgb(0xB42A2A),
    danger_hover: rgb(0x9A2222),
    shadow: Color32::from_black_alpha(38),
    veil: Color32::from_black_alpha(90),
};

static DARK: Tokens = Tokens {
    canvas: rgb(0x14171C),
    frame: rgb(0x101318),
    surface: rgb(0x1A1E24),
    raised: rgb(0x22272F),
    sunken: rgb(0x171B20),
    field: rgb(0x12151A),
    hover: rgb(0x232932),
    selected: rgb(0x263152),
    wire: rgb(0x66727F),
    hairline: rgb(0x2B313A),
    strong: rgb(0xF1F4F8),
    text: rgb(0xCDD4DD),
    quiet: rgb(0x96A1AF),
    control: rgb(0x242A32),
    control_hover: rgb(0x2D343E),
    control_press: rgb(0x363F4B),
    control_line: rgb(0x3A434F),
    accent: rgb(0x5674F0),
    accent_hover: rgb(0x6683F5),
    on_accent: rgb(0xFFFFFF),
    accent_text: rgb(0x9DB1FF),
    accent_faint: rgb(0x1F2742),
    good: Tint { strong: rgb(0x66CE97), faint: rgb(0x16301F) },
    attention: Tint { strong: rgb(0xE9B765), faint: rgb(0x362A12) },
    bad: Tint { strong: rgb(0xF58F88), faint: rgb(0x401F1F) },
    information: Tint { strong: rgb(0x83BBF5), faint: rgb(0x172A40) },
    danger: rgb(0xC23B3B),
    danger_hover: rgb(0xD14A4A),
    shadow: Color32::from_black_alpha(130),
    veil: Color32::from_black_alpha(140),
};

impl Tokens {
    /// The colours of the dark or the light theme.
    pub fn of(dark: bool) -> &'static Tokens {
        if dark { &DARK } else { &LIGHT }
    }

    /// Both strengths of a meaning.
    pub fn tint(&self, meaning: Meaning) -> Tint {
        match meaning {
            Meaning::Plain => Tint { strong: self.quiet, faint: self.sunken },
            Meaning::Good => self.good,
            Meaning::Attention => self.attention,
            Meaning::Bad => self.bad,
            Meaning::Information => self.information,
            Meaning::Accent => Tint { strong: self.accent_text, faint: self.accent_faint },
        }
    }

    /// The meaning of an org's kind.
    pub fn environment(environment: Option<Environment>) -> Meaning {
        match environment {
            None => Meaning::Plain,
            Some(Environment::Practice) => Meaning::Good,
            Some(Environment::Sandbox | Environment::Scratch) => Meaning::Attention,
            Some(Environment::Trial | Environment::Developer) => Meaning::Information,
            Some(Environment::Production) => Meaning::Bad,
        }
    }
}

#[expect(clippy::disallowed_methods, reason = "this is the one place where colours are mixed")]
const fn rgb(hex: u32) -> Color32 {
    let [_, red, green, blue] = hex.to_be_bytes();
    Color32::from_rgb(red, green, blue)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn luminance(colour: Color32) -> f64 {
        let channel = |byte: u8| {
            let part = f64::from(byte) / 255.0;
            if part <= 0.039_28 { part / 12.92 } else { ((part + 0.055) / 1.055).powf(2.4) }
        };
        0.2126 * channel(colour.r()) + 0.7152 * channel(colour.g()) + 0.0722 * channel(colour.b())
    }

    fn contrast(one: Color32, other: Color32) -> f64 {
        let (one, other) = (luminance(one), luminance(other));
        (one.max(other) + 0.05) / (one.min(other) + 0.05)
    }

    #[test]
    fn text_can_be_read_on_every_surface_of_both_themes() {
        for tokens in [&LIGHT, &DARK] {
            for surface in [tokens.canvas, tokens.frame, tokens.surface, tokens.raised, tokens.sunken, tokens.hover] {
                for text in [tokens.strong, tokens.text, tokens.quiet, tokens.accent_text] {
                    assert!(contrast(text, surface) >= 4.5, "{text:?} on {surface:?}: {}", contrast(text, surface));
                }
            }
            for tint in [tokens.good, tokens.attention, tokens.bad, tokens.information] {
                for ground in [tint.faint, tokens.surface, tokens.canvas, tokens.frame] {
                    assert!(contrast(tint.strong, ground) >= 4.5, "{tint:?} on {ground:?}");
                }
                assert!(contrast(tokens.text, tint.faint) >= 4.5, "text on {tint:?}");
            }
            for text in [tokens.strong, tokens.text, tokens.quiet, tokens.accent_text] {
                assert!(contrast(text, tokens.selected) >= 4.5, "{text:?} on what is chosen");
            }
            assert!(contrast(tokens.on_accent, tokens.accent) >= 4.0);
            assert!(contrast(tokens.on_accent, tokens.danger) >= 4.5);
            assert!(contrast(tokens.accent, tokens.canvas) >= 3.0, "the focus ring");
            assert!(contrast(tokens.wire, tokens.canvas) >= 3.0, "wires");
        }
    }
}
