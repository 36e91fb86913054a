//! How everything looks: every colour, size and typeface of the window is here, and nowhere else.
//!
//! [`install`] gives egui its typefaces and both styles; a view asks [`tokens()`] for the colours of the theme in use.

mod fonts;
pub mod icon;
mod tokens;

pub use fonts::{FAMILY_MEDIUM, FAMILY_STRONG};
pub use tokens::{Meaning, Tint, Tokens};

use egui::{
    Color32, Context, CornerRadius, FontFamily, FontId, Margin, RichText, Shadow, Stroke, Style, TextStyle, Theme, Ui,
    Vec2, Visuals,
};

/// Size of ordinary text.
pub const BODY: f32 = 13.5;
/// Size of text that accompanies.
pub const SMALL: f32 = 12.0;
/// Size of a heading within a screen.
pub const TITLE: f32 = 16.0;
/// Size of the heading of a screen.
pub const HEADING: f32 = 20.0;
/// Size of ids and raw data.
pub const MONO: f32 = 12.5;
/// Height of a row in a list.
pub const ROW: f32 = 28.0;
/// Height of a row in a dense table.
pub const DENSE_ROW: f32 = 24.0;
/// Height of a button or field.
pub const CONTROL: f32 = 28.0;
/// Corner radius.
pub const RADIUS: u8 = 6;
/// Height of the top bar.
pub const TOP_BAR: f32 = 44.0;
/// Height of the status bar.
pub const STATUS_BAR: f32 = 26.0;
/// Width of the rail when closed.
pub const RAIL: f32 = 56.0;
/// Width of the rail when open.
pub const RAIL_OPEN: f32 = 200.0;
/// Width of the window from which the rail opens by itself.
pub const RAIL_OPENS_FROM: f32 = 1280.0;
/// Width of a drawer at the side.
pub const DRAWER: f32 = 420.0;
/// Smallest size of the window.
pub const SMALLEST_WINDOW: Vec2 = Vec2::new(1024.0, 640.0);
/// Size of the window on its first start.
pub const FIRST_WINDOW: Vec2 = Vec2::new(1280.0, 800.0);

/// Gives the context its typefaces and both themes.
pub fn install(ctx: &Context) {
    ctx.set_fonts(fonts::definitions());
    for theme in [Theme::Light, Theme::Dark] {
        ctx.set_style_of(theme, style(theme));
    }
    ctx.options_mut(|options| {
        // A window that closes on a letter loses work; the window manager has its own ways.
        options.quit_shortcuts.clear();
        // The window has its own keys for the text size, and remembers it.
        options.zoom_with_keyboard = false;
    });
}

/// The colours in use.
pub fn tokens(ui: &Ui) -> &'static Tokens {
    Tokens::of(ui.visuals().dark_mode)
}

fn style(theme: Theme) -> Style {
    let dark = theme == Theme::Dark;
    let tokens = Tokens::of(dark);
    let mut style = Style { visuals: visuals(tokens, dark), ..Style::default() };
    style.text_styles = [
        (TextStyle::Small, FontId::new(SMALL, FontFamily::Proportional)),
        (TextStyle::Body, FontId::new(BODY, FontFamily::Proportional)),
        (TextStyle::Button, FontId::new(BODY, FontFamily::Proportional)),
        (TextStyle::Heading, FontId::new(HEADING, FontFamily::Name(FAMILY_STRONG.into()))),
        (TextStyle::Monospace, FontId::new(MONO, FontFamily::Monospace)),
    ]
    .into();
    style.animation_time = 0.08;
    let spacing = &mut style.spacing;
    spacing.item_spacing = Vec2::new(8.0, 8.0);
    spacing.button_padding = Vec2::new(10.0, 4.0);
    spacing.interact_size = Vec2::new(24.0, CONTROL);
    spacing.window_margin = Margin::same(16);
    spacing.menu_margin = Margin::same(6);
    spacing.indent = 16.0;
    spacing.icon_width = 16.0;
    spacing.icon_width_inner = 8.0;
    spacing.tooltip_width = 420.0;
    spacing.combo_height = 320.0;
    spacing.scroll = egui::style::ScrollStyle { bar_width: 8.0, ..egui::style::ScrollStyle::floating() };
    style.interaction.tooltip_delay = 0.35;
    style.interaction.selectable_labels = false;
    style.interaction.show_tooltips_only_when_still = true;
    style
}

fn visuals(tokens: &Tokens, dark: bool) -> Visuals {
    let mut visuals = if dark { Visuals::dark() } else { Visuals::light() };
    let radius = CornerRadius::same(RADIUS);
    visuals.override_text_color = None;
    visuals.weak_text_color = Some(tokens.quiet);
    visuals.hyperlink_color = tokens.accent_text;
    visuals.faint_bg_color = tokens.sunken;
    visuals.extreme_bg_color = tokens.field;
    visuals.text_edit_bg_color = Some(tokens.field);
    visuals.code_bg_color = tokens.sunken;
    visuals.warn_fg_color = tokens.attention.strong;
    visuals.error_fg_color = tokens.bad.strong;
    visuals.window_corner_radius = CornerRadius::same(10);
    visuals.menu_corner_radius = CornerRadius::same(8);
    visuals.window_fill = tokens.raised;
    visuals.window_stroke = Stroke::new(1.0, tokens.hairline);
    visuals.panel_fill = tokens.canvas;
    let shadow = Shadow { offset: [0, 8], blur: 28, spread: 0, color: tokens.shadow };
    visuals.popup_shadow = shadow;
    visuals.window_shadow = shadow;
    visuals.selection.bg_fill = tokens.selected;
    visuals.selection.stroke = Stroke::new(1.5, tokens.accent);
    visuals.striped = false;
    visuals.slider_trailing_fill = true;
    visuals.interact_cursor = Some(egui::CursorIcon::PointingHand);
    visuals.disabled_alpha = 0.55;
    let widgets = &mut visuals.widgets;
    let widget = |fill: Color32, line: Color32, text: Color32| egui::style::WidgetVisuals {
        bg_fill: fill,
        weak_bg_fill: fill,
        bg_stroke: Stroke::new(1.0, line),
        corner_radius: radius,
        fg_stroke: Stroke::new(1.0, text),
        expansion: 0.0,
    };
    widgets.noninteractive = widget(tokens.surface, tokens.hairline, tokens.text);
    widgets.inactive = widget(tokens.control, tokens.control_line, tokens.text);
    widgets.hovered = widget(tokens.control_hover, tokens.control_line, tokens.strong);
    widgets.active = widget(tokens.control_press, tokens.accent, tokens.strong);
    widgets.open = widget(tokens.control_hover, tokens.accent, tokens.strong);
    visuals
}

/// Text of medium weight, for names that lead a line.
pub fn medium(text: impl Into<String>) -> RichText {
    RichText::new(text).family(FontFamily::Name(FAMILY_MEDIUM.into()))
}

/// Text of strong weight, for headings.
pub fn strong(text: impl Into<String>) -> RichText {
    RichText::new(text).family(FontFamily::Name(FAMILY_STRONG.into()))
}

/// The heading of a screen.
pub fn heading(text: impl Into<String>) -> RichText {
    strong(text).size(HEADING)
}

/// The heading of a part of a screen.
pub fn title(text: impl Into<String>) -> RichText {
    strong(text).size(TITLE)
}

/// Small text.
pub fn small(text: impl Into<String>) -> RichText {
    RichText::new(text).size(SMALL)
}

/// Ids and raw data.
pub fn mono(text: impl Into<String>) -> RichText {
    RichText::new(text).family(FontFamily::Monospace).size(MONO)
}

/// The font of ordinary text, for painting.
pub fn body_font() -> FontId {
    FontId::new(BODY, FontFamily::Proportional)
}

/// The font of medium weight, for painting.
pub fn medium_font(size: f32) -> FontId {
    FontId::new(size, FontFamily::Name(FAMILY_MEDIUM.into()))
}

/// The font of small text, for painting.
pub fn small_font() -> FontId {
    FontId::new(SMALL, FontFamily::Proportional)
}

/// The font of icons, for painting.
pub fn icon_font(size: f32) -> FontId {
    FontId::new(size, FontFamily::Proportional)
}
