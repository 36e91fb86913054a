//! The typefaces, which ship in `assets/fonts` with their licences.

use egui::{FontData, FontDefinitions, FontFamily, FontTweak};

/// Name of the family of medium weight.
pub const FAMILY_MEDIUM: &str = "Inter Medium";
/// Name of the family of strong weight.
pub const FAMILY_STRONG: &str = "Inter SemiBold";

const ICONS: &str = "Lucide";

/// Inter for the window, JetBrains Mono for ids and raw data, Lucide for icons, and egui's own behind them.
pub(super) fn definitions() -> FontDefinitions {
    let mut fonts = FontDefinitions::default();
    let faces: [(&str, &'static [u8]); 4] = [
        ("Inter", include_bytes!("../../../assets/fonts/Inter-Regular.otf")),
        (FAMILY_MEDIUM, include_bytes!("../../../assets/fonts/Inter-Medium.otf")),
        (FAMILY_STRONG, include_bytes!("../../../assets/fonts/Inter-SemiBold.otf")),
        ("JetBrains Mono", include_bytes!("../../../assets/fonts/JetBrainsMono-Regular.ttf")),
    ];
    for (name, bytes) in faces {
        fonts.font_data.insert(name.to_owned(), FontData::from_static(bytes).into());
    }
    // The icons are drawn on a taller square than letters.
    let tweak = FontTweak { scale: 1.12, y_offset_factor: 0.03, ..FontTweak::default() };
    let icons = FontData::from_static(include_bytes!("../../../assets/fonts/lucide.ttf")).tweak(tweak);
    fonts.font_data.insert(ICONS.to_owned(), icons.into());

    let behind = fonts.families.get(&FontFamily::Proportional).cloned().unwrap_or_default();
    let family = |first: &str| {
        let mut names = vec![first.to_owned(), ICONS.to_owned()];
        names.extend(behind.iter().cloned());
        names
    };
    fonts.families.insert(FontFamily::Proportional, family("Inter"));
    fonts.families.insert(FontFamily::Monospace, family("JetBrains Mono"));
    fonts.families.insert(FontFamily::Name(FAMILY_MEDIUM.into()), family(FAMILY_MEDIUM));
    fonts.families.insert(FontFamily::Name(FAMILY_STRONG.into()), family(FAMILY_STRONG));
    fonts
}
