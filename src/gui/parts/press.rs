//! Buttons.

use crate::gui::theme::{self, tokens};
use egui::{
    Align2, Color32, CornerRadius, CursorIcon, Rect, Response, Role, Sense, Stroke, StrokeKind, Ui, Vec2, WidgetInfo,
};

/// A button: a word or more, perhaps an icon.
#[must_use = "a button is shown by its ui function"]
pub(crate) struct Press<'a> {
    text: &'a str,
    icon: Option<&'static str>,
    end_icon: Option<&'static str>,
    name: Option<&'a str>,
    kind: Kind,
    enabled: bool,
    chosen: bool,
    why_not: Option<&'a str>,
    width: Option<f32>,
    height: f32,
    icon_colour: Option<Color32>,
    line: bool,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    Plain,
    Primary,
    Danger,
    Quiet,
}

impl<'a> Press<'a> {
    /// A button with an edge.
    pub(crate) fn new(text: &'a str) -> Press<'a> {
        Press {
            text,
            icon: None,
            end_icon: None,
            name: None,
            kind: Kind::Plain,
            enabled: true,
            chosen: false,
            why_not: None,
            width: None,
            height: theme::CONTROL,
            icon_colour: None,
            line: false,
        }
    }

    /// A button that is an icon; `name` is what readers and the tooltip say.
    pub(crate) fn icon_only(icon: &'static str, name: &'a str) -> Press<'a> {
        Press { icon: Some(icon), name: Some(name), kind: Kind::Quiet, ..Press::new("") }
    }

    /// The one button to press.
    pub(crate) fn primary(mut self) -> Self {
        self.kind = Kind::Primary;
        self
    }

    /// The button that writes to production or deletes.
    pub(crate) fn danger(mut self) -> Self {
        self.kind = Kind::Danger;
        self
    }

    /// A button without an edge.
    pub(crate) fn quiet(mut self) -> Self {
        self.kind = Kind::Quiet;
        self
    }

    /// A line of a menu: as wide as the menu, with the words of all lines under each other.
    pub(crate) fn line(mut self) -> Self {
        self.kind = Kind::Quiet;
        self.line = true;
        self
    }

    /// An icon before the words.
    pub(crate) fn icon(mut self, icon: &'static str) -> Self {
        self.icon = Some(icon);
        self
    }

    /// The colour of the icon.
    pub(crate) fn icon_colour(mut self, colour: Color32) -> Self {
        self.icon_colour = Some(colour);
        self
    }

    /// An icon after the words.
    pub(crate) fn end_icon(mut self, icon: &'static str) -> Self {
        self.end_icon = Some(icon);
        self
    }

    /// What readers say instead of the words on it.
    pub(crate) fn name(mut self, name: &'a str) -> Self {
        self.name = Some(name);
        self
    }

    /// Whether it can be pressed.
    pub(crate) fn enabled(mut self, enabled: bool) -> Self {
        self.enabled = enabled;
        self
    }

    /// Why it cannot be pressed; `None` when it can.
    pub(crate) fn why_not(mut self, why_not: Option<&'a str>) -> Self {
        self.enabled = why_not.is_none();
        self.why_not = why_not;
        self
    }

    /// Whether it stands for what is chosen.
    pub(crate) fn chosen(mut self, chosen: bool) -> Self {
        self.chosen = chosen;
        self
    }

    /// At least this wide.
    pub(crate) fn width(mut self, width: f32) -> Self {
        self.width = Some(width);
        self
    }

    /// A bigger button.
    pub(crate) fn tall(mut self) -> Self {
        self.height = 34.0;
        self
    }

    /// A smaller button.
    pub(crate) fn low(mut self) -> Self {
        self.height = 24.0;
        self
    }

    /// Shows it.
    pub(crate) fn ui(self, ui: &mut Ui) -> Response {
        let medium = matches!(self.kind, Kind::Primary | Kind::Danger);
        let font = if medium { theme::medium_font(theme::BODY) } else { theme::body_font() };
        let white = Color32::PLACEHOLDER;
        let text = ui.painter().layout_no_wrap(self.text.to_owned(), font, white);
        let glyph = |icon: &'static str| ui.painter().layout_no_wrap(icon.to_owned(), theme::icon_font(14.0), white);
        let before = self.icon.map(glyph);
        let after = self.end_icon.map(glyph);
        let gap = if self.text.is_empty() { 0.0 } else { 6.0 };
        let wide =
            |glyph: &Option<std::sync::Arc<egui::Galley>>| glyph.as_ref().map_or(0.0, |glyph| glyph.size().x + gap);
        let content = text.size().x + wide(&before) + wide(&after);
        let padding = if self.text.is_empty() { 7.0 } else { 11.0 };
        let width = (content + 2.0 * padding).max(self.width.unwrap_or(0.0)).max(self.height);
        let width = if self.line { width.max(ui.available_width()) } else { width };
        let sense = if self.enabled { Sense::click() } else { Sense::hover() };
        let (rect, response) = ui.allocate_exact_size(Vec2::new(width, self.height), sense);
        let name = self.name.unwrap_or(self.text);
        let enabled = self.enabled && ui.is_enabled();
        response.widget_info(|| WidgetInfo::selected(Role::Button, enabled, self.chosen, name));

        if ui.is_rect_visible(rect) {
            let (fill, line, colour) = self.colours(ui, &response);
            let radius = CornerRadius::same(theme::RADIUS);
            ui.painter().rect(rect, radius, fill, Stroke::new(1.0, line), StrokeKind::Inside);
            let mut x = if self.line || (self.width.is_some() && self.end_icon.is_some()) {
                rect.left() + padding
            } else {
                rect.center().x - content / 2.0
            };
            if let Some(before) = before {
                let at = egui::pos2(x, rect.center().y - before.size().y / 2.0);
                x += if self.line { 24.0 } else { before.size().x + gap };
                ui.painter().galley_with_override_text_color(at, before, self.icon_colour.unwrap_or(colour));
            }
            let at = egui::pos2(x, rect.center().y - text.size().y / 2.0);
            ui.painter().galley_with_override_text_color(at, text, colour);
            if let Some(after) = after {
                let at = egui::pos2(rect.right() - padding - after.size().x, rect.center().y - after.size().y / 2.0);
                ui.painter().galley_with_override_text_color(at, after, tokens(ui).quiet);
            }
            if response.has_focus() {
                focus_ring(ui, rect);
            }
        }
        let response = if enabled { response.on_hover_cursor(CursorIcon::PointingHand) } else { response };
        match (self.why_not, self.name) {
            (Some(why_not), _) => response.on_hover_text(why_not),
            (None, Some(name)) if self.text.is_empty() => response.on_hover_text(name),
            _ => response,
        }
    }

    fn colours(&self, ui: &Ui, response: &Response) -> (Color32, Color32, Color32) {
        let tokens = tokens(ui);
        let none = Color32::TRANSPARENT;
        let down = response.is_pointer_button_down_on();
        let over = response.hovered() || response.has_focus();
        if !self.enabled || !ui.is_enabled() {
            let faded = tokens.quiet.gamma_multiply(0.65);
            return match self.kind {
                Kind::Quiet => (none, none, faded),
                _ => (tokens.sunken, tokens.hairline, faded),
            };
        }
        match self.kind {
            Kind::Primary if over || down => (tokens.accent_hover, tokens.accent_hover, tokens.on_accent),
            Kind::Primary => (tokens.accent, tokens.accent, tokens.on_accent),
            Kind::Danger if over || down => (tokens.danger_hover, tokens.danger_hover, tokens.on_accent),
            Kind::Danger => (tokens.danger, tokens.danger, tokens.on_accent),
            _ if self.chosen => {
                (tokens.selected, if self.kind == Kind::Plain { tokens.accent } else { none }, tokens.strong)
            }
            Kind::Plain if down => (tokens.control_press, tokens.control_line, tokens.strong),
            Kind::Plain if over => (tokens.control_hover, tokens.control_line, tokens.strong),
            Kind::Plain => (tokens.control, tokens.control_line, tokens.text),
            Kind::Quiet if down => (tokens.control_press, none, tokens.strong),
            Kind::Quiet if over => (tokens.hover, none, tokens.strong),
            Kind::Quiet => (none, none, tokens.text),
        }
    }
}

/// The ring around what has the focus.
pub(crate) fn focus_ring(ui: &Ui, rect: Rect) {
    let stroke = Stroke::new(2.0, tokens(ui).accent);
    let radius = CornerRadius::same(theme::RADIUS + 1);
    // Drawn just outside, so that it is seen on the accent's own ground, too.
    ui.painter().with_clip_rect(rect.expand(3.0)).rect_stroke(rect.expand(1.0), radius, stroke, StrokeKind::Outside);
}

/// Text in the middle of a rectangle's height.
pub(super) fn text_at(ui: &Ui, rect: Rect, align: Align2, text: &str, font: egui::FontId, colour: Color32) -> Rect {
    let at = match align.x() {
        egui::Align::Min => rect.left_center(),
        egui::Align::Center => rect.center(),
        egui::Align::Max => rect.right_center(),
    };
    ui.painter().text(at, align, text, font, colour)
}
