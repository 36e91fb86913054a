//! Choosing one of a list: a button that shows what is chosen, and a list that can be searched by typing.

use super::press::text_at;
use crate::gui::theme::{self, icon, tokens};
use egui::{
    Align2, CornerRadius, Id, Key, Modifiers, Popup, PopupCloseBehavior, Rect, Response, RichText, Role, ScrollArea,
    Sense, Stroke, StrokeKind, TextEdit, Ui, Vec2, WidgetInfo,
};

/// One thing that can be chosen.
#[derive(Debug, Clone, Default)]
pub(crate) struct PickItem {
    /// What is given back when it is chosen.
    pub key: String,
    /// What leads its line.
    pub label: String,
    /// What follows, quieter.
    pub detail: String,
    /// What stands at the right end.
    pub tag: String,
    /// An icon before it.
    pub icon: &'static str,
    /// Why it cannot be chosen.
    pub why_not: Option<String>,
}

impl PickItem {
    /// A plain item.
    pub(crate) fn new(key: impl Into<String>, label: impl Into<String>) -> PickItem {
        PickItem { key: key.into(), label: label.into(), ..PickItem::default() }
    }

    /// What follows, quieter.
    pub(crate) fn detail(mut self, detail: impl Into<String>) -> PickItem {
        self.detail = detail.into();
        self
    }

    /// What stands at the right end.
    pub(crate) fn tag(mut self, tag: impl Into<String>) -> PickItem {
        self.tag = tag.into();
        self
    }

    /// An icon before it.
    pub(crate) fn icon(mut self, icon: &'static str) -> PickItem {
        self.icon = icon;
        self
    }

    fn fits(&self, words: &[String]) -> bool {
        let text = format!("{} {}", self.label, self.detail).to_lowercase();
        words.iter().all(|word| text.contains(word.as_str()))
    }
}

/// How many items a list has before it can be searched.
const SEARCH_FROM: usize = 8;

/// The button and its list.
#[must_use = "a picker is shown by its ui function"]
pub(crate) struct Picker<'a> {
    id: Id,
    name: &'a str,
    shown: &'a str,
    detail: &'a str,
    hint: &'a str,
    icon: Option<&'static str>,
    icon_colour: Option<egui::Color32>,
    guess: Option<&'a str>,
    width: Option<f32>,
    list_width: f32,
    quiet: bool,
    warn: bool,
}

#[derive(Clone, Default)]
struct Searching {
    query: String,
    chosen: usize,
    open: bool,
    /// Whether the line under the keyboard moved, so that it is brought into view.
    moved: bool,
}

impl<'a> Picker<'a> {
    /// A picker: `name` is what readers say before what is chosen.
    pub(crate) fn new(id: Id, name: &'a str, shown: &'a str) -> Picker<'a> {
        Picker {
            id,
            name,
            shown,
            detail: "",
            hint: "Choose…",
            icon: None,
            icon_colour: None,
            guess: None,
            width: None,
            list_width: 320.0,
            quiet: false,
            warn: false,
        }
    }

    /// What follows what is chosen, quieter.
    pub(crate) fn detail(mut self, detail: &'a str) -> Self {
        self.detail = detail;
        self
    }

    /// What stands there while nothing is chosen.
    pub(crate) fn hint(mut self, hint: &'a str) -> Self {
        self.hint = hint;
        self
    }

    /// An icon before what is chosen.
    pub(crate) fn icon(mut self, icon: &'static str) -> Self {
        self.icon = Some(icon);
        self
    }

    /// The colour of that icon.
    pub(crate) fn icon_colour(mut self, colour: egui::Color32) -> Self {
        self.icon_colour = Some(colour);
        self
    }

    /// Why what is chosen was guessed.
    pub(crate) fn guess(mut self, why: Option<&'a str>) -> Self {
        self.guess = why;
        self
    }

    /// Exactly this wide.
    pub(crate) fn width(mut self, width: f32) -> Self {
        self.width = Some(width);
        self
    }

    /// How wide the list is.
    pub(crate) fn list_width(mut self, width: f32) -> Self {
        self.list_width = width;
        self
    }

    /// Without an edge while the pointer is elsewhere.
    pub(crate) fn quiet(mut self) -> Self {
        self.quiet = true;
        self
    }

    /// Whether what is chosen, or not chosen, needs a look.
    pub(crate) fn warn(mut self, warn: bool) -> Self {
        self.warn = warn;
        self
    }

    /// Shows it; gives back the key of what was chosen in this frame. `items` is asked only while the list is open.
    pub(crate) fn ui(self, ui: &mut Ui, items: impl FnOnce() -> Vec<PickItem>) -> Option<String> {
        self.show(ui, items).1
    }

    /// Shows it, and gives back the button as well.
    pub(crate) fn show(self, ui: &mut Ui, items: impl FnOnce() -> Vec<PickItem>) -> (Response, Option<String>) {
        let list_width = self.list_width;
        let popup = self.id.with("list");
        let name = self.name.to_owned();
        let shown = self.shown.to_owned();
        let response = self.button_ui(ui, Popup::is_id_open(ui.ctx(), popup));
        let mut chosen = None;
        let search_id = popup.with("search");
        let list = Popup::from_toggle_button_response(&response)
            .id(popup)
            .close_behavior(PopupCloseBehavior::CloseOnClickOutside)
            .gap(4.0)
            .width(list_width)
            .accessible_name(format!("{name}: list"));
        let shown_list = list.show(|ui| {
            let mut searching: Searching = ui.data(|data| data.get_temp(popup)).unwrap_or_default();
            let items = items();
            if !searching.open {
                let at = items.iter().position(|item| item.label == shown || item.key == shown).unwrap_or(0);
                searching = Searching { open: true, chosen: at, moved: true, ..Searching::default() };
            }
            chosen = list_ui(ui, &name, search_id, &items, &mut searching);
            ui.data_mut(|data| data.insert_temp(popup, searching));
        });
        if shown_list.is_none() {
            ui.data_mut(|data| data.remove::<Searching>(popup));
        } else if chosen.is_some() || ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Escape)) {
            Popup::close_id(ui.ctx(), popup);
            ui.data_mut(|data| data.remove::<Searching>(popup));
            response.request_focus();
        }
        (response, chosen)
    }

    fn button_ui(&self, ui: &mut Ui, open: bool) -> Response {
        let tokens = tokens(ui);
        let empty = self.shown.is_empty();
        let text = if empty { self.hint } else { self.shown };
        let measure =
            |text: &str, font: egui::FontId| ui.painter().layout_no_wrap(text.to_owned(), font, tokens.text).size().x;
        let icon_width = if self.icon.is_some() { 20.0 } else { 0.0 };
        let guess_width = if self.guess.is_some() { 18.0 } else { 0.0 };
        let width = self.width.unwrap_or_else(|| {
            let detail = if self.detail.is_empty() { 0.0 } else { measure(self.detail, theme::small_font()) + 6.0 };
            measure(text, theme::body_font()) + detail + icon_width + guess_width + 40.0
        });
        let sense = Sense::click();
        let (_, rect) = ui.allocate_space(Vec2::new(width, theme::CONTROL));
        let response = ui.interact(rect, self.id, sense);
        let value = if empty { format!("{}: not chosen", self.name) } else { format!("{}: {}", self.name, self.shown) };
        response.widget_info(|| WidgetInfo::labeled(Role::ComboBox, true, &value));
        let over = response.hovered() || response.has_focus() || open;
        let tint = tokens.attention;
        let (fill, line) = match () {
            () if self.warn => (tint.faint, tint.strong.gamma_multiply(0.6)),
            () if open => (tokens.control_hover, tokens.accent),
            () if over => (tokens.control_hover, tokens.control_line),
            () if self.quiet => (egui::Color32::TRANSPARENT, egui::Color32::TRANSPARENT),
            () => (tokens.control, tokens.control_line),
        };
        let radius = CornerRadius::same(theme::RADIUS);
        ui.painter().rect(rect, radius, fill, Stroke::new(1.0, line), StrokeKind::Inside);
        let mut inner = rect.shrink2(Vec2::new(9.0, 0.0));
        text_at(ui, inner, Align2::RIGHT_CENTER, icon::CHEVRON_DOWN, theme::icon_font(13.0), tokens.quiet);
        inner.max.x -= 18.0;
        if self.guess.is_some() {
            text_at(ui, inner, Align2::RIGHT_CENTER, icon::SPARKLES, theme::icon_font(12.5), tokens.accent_text);
            inner.max.x -= 18.0;
        }
        if let Some(icon) = self.icon {
            let colour = self.icon_colour.unwrap_or(tokens.quiet);
            text_at(ui, inner, Align2::LEFT_CENTER, icon, theme::icon_font(13.5), colour);
            inner.min.x += icon_width;
        }
        let colour = match () {
            () if self.warn => tint.strong,
            () if empty => tokens.quiet,
            () => tokens.strong,
        };
        let taken = super::grid::elided(ui, inner, text, theme::body_font(), colour, false);
        let rest = inner.with_min_x(taken.right() + 6.0);
        if rest.width() > 12.0 {
            super::grid::elided(ui, rest, self.detail, theme::small_font(), tokens.quiet, false);
        }
        if response.has_focus() {
            super::focus_ring(ui, rect);
        }
        match self.guess {
            Some(why) => response.on_hover_ui(|ui| {
                ui.label(theme::medium(format!("A guess: {why}")));
                ui.label(theme::small("Choose another if it is wrong").color(tokens.quiet));
            }),
            None => response,
        }
    }
}

fn list_ui(ui: &mut Ui, name: &str, search_id: Id, items: &[PickItem], searching: &mut Searching) -> Option<String> {
    let tokens = tokens(ui);
    let down = ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::ArrowDown));
    let up = ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::ArrowUp));
    let enter = ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Enter));
    ui.spacing_mut().item_spacing.y = 4.0;
    if items.len() >= SEARCH_FROM {
        let hint = "Type a part of the name";
        let edit = TextEdit::singleline(&mut searching.query).id(search_id).hint_text(hint);
        let edit = edit.desired_width(f32::INFINITY).margin(egui::Margin::symmetric(8, 5));
        let response = ui.add(edit).accessible_name(format!("Search in {name}"));
        if !response.has_focus() {
            response.request_focus();
        }
        if response.changed() {
            searching.chosen = 0;
            searching.moved = true;
        }
    }
    let words: Vec<String> = searching.query.split_whitespace().map(str::to_lowercase).collect();
    let mut fitting: Vec<&PickItem> = items.iter().filter(|item| item.fits(&words)).collect();
    if let [word] = words.as_slice() {
        // What begins with the word stands before what only contains it.
        let begins = |item: &&PickItem| {
            !(item.label.to_lowercase().starts_with(word) || item.detail.to_lowercase().starts_with(word))
        };
        fitting.sort_by_key(begins);
    }
    if fitting.is_empty() {
        ui.label(RichText::new(format!("Nothing is called \"{}\"", searching.query)).color(tokens.quiet));
        return None;
    }
    if down || up {
        let last = fitting.len() - 1;
        searching.chosen = if down { (searching.chosen + 1).min(last) } else { searching.chosen.saturating_sub(1) };
        searching.moved = true;
    }
    searching.chosen = searching.chosen.min(fitting.len() - 1);
    let mut chosen = None;
    if enter && fitting[searching.chosen].why_not.is_none() {
        chosen = Some(fitting[searching.chosen].key.clone());
    }
    let row = theme::ROW;
    let mut area = ScrollArea::vertical().id_salt("items").max_height(row * 11.0).auto_shrink([false, true]);
    if std::mem::take(&mut searching.moved) {
        let offset = (searching.chosen as f32 - 5.0).max(0.0) * row;
        area = area.vertical_scroll_offset(offset);
    }
    ui.spacing_mut().item_spacing.y = 0.0;
    area.show_rows(ui, row, fitting.len(), |ui, range| {
        for index in range {
            let item = fitting[index];
            if item_ui(ui, item, index == searching.chosen) && item.why_not.is_none() {
                chosen = Some(item.key.clone());
            }
        }
    });
    chosen
}

fn item_ui(ui: &mut Ui, item: &PickItem, under_keyboard: bool) -> bool {
    let tokens = tokens(ui);
    let (rect, response) = ui.allocate_exact_size(Vec2::new(ui.available_width(), theme::ROW), Sense::click());
    let enabled = item.why_not.is_none();
    let name = if item.detail.is_empty() { item.label.clone() } else { format!("{} {}", item.label, item.detail) };
    response.widget_info(|| WidgetInfo::labeled(Role::ListBoxOption, enabled, &name));
    if under_keyboard || response.hovered() {
        let ground = if under_keyboard { tokens.selected } else { tokens.hover };
        ui.painter().rect_filled(rect, CornerRadius::same(theme::RADIUS), ground);
    }
    let mut inner = rect.shrink2(Vec2::new(8.0, 0.0));
    let faded = |colour: egui::Color32| if enabled { colour } else { colour.gamma_multiply(0.7) };
    if !item.icon.is_empty() {
        text_at(ui, inner, Align2::LEFT_CENTER, item.icon, theme::icon_font(13.0), faded(tokens.quiet));
        inner.min.x += 22.0;
    }
    let tag = item.why_not.as_deref().unwrap_or(&item.tag);
    let right = text_at(ui, inner, Align2::RIGHT_CENTER, tag, theme::small_font(), tokens.quiet);
    inner.max.x = right.left() - 8.0;
    let clip = Rect::from_min_max(inner.min, egui::pos2(inner.max.x, rect.max.y)).intersect(ui.clip_rect());
    let painter = ui.painter().with_clip_rect(clip);
    let colour = if enabled { tokens.strong } else { tokens.quiet };
    let taken = painter.text(inner.left_center(), Align2::LEFT_CENTER, &item.label, theme::body_font(), colour);
    let at = egui::pos2(taken.right() + 8.0, inner.center().y + 0.5);
    painter.text(at, Align2::LEFT_CENTER, &item.detail, theme::small_font(), faded(tokens.quiet));
    let clicked = response.clicked();
    if rect.width() < taken.width() + 90.0 || !enabled {
        response.on_hover_text(if enabled { name } else { format!("{name}: {tag}") });
    }
    clicked
}
