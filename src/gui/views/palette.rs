//! The palette: everything a person can do, and every place to go, found by typing.

use crate::gui::action::{self, ACTIONS, Action};
use crate::gui::command::Outbox;
use crate::gui::draft::Draft;
use crate::gui::format;
use crate::gui::parts;
use crate::gui::state::State;
use crate::gui::syncing::SyncOf;
use crate::gui::theme::{self, icon, tokens};
use crate::store::{IntegrationId, RunId};
use egui::{Align2, CornerRadius, Id, Key, Modal, Modifiers, Role, ScrollArea, Sense, TextEdit, Ui, Vec2, WidgetInfo};

/// Runs that can be gone to.
const MOST_RUNS: usize = 20;

#[derive(Clone, Copy)]
enum Goes {
    Action(Action),
    Open(IntegrationId),
    Sync(IntegrationId),
    Run(RunId),
}

struct Line {
    goes: Goes,
    icon: &'static str,
    name: String,
    also: String,
    right: String,
    possible: bool,
}

pub(super) fn ui(ui: &Ui, state: &State, draft: &mut Draft, out: &mut Outbox) {
    let Some(mut palette) = draft.palette.take() else { return };
    let veil = tokens(ui).veil.gamma_multiply(0.6);
    let area = Modal::default_area(Id::unique("palette")).anchor(Align2::CENTER_TOP, Vec2::new(0.0, 84.0));
    let mut chosen = None;
    let frame = egui::Frame::popup(ui.style()).inner_margin(8.0);
    let modal = Modal::new(Id::unique("palette")).area(area).backdrop_color(veil).frame(frame).show(ui.ctx(), |ui| {
        ui.set_width(560.0);
        let (down, up, enter) = ui.input_mut(|input| {
            let mut key = |key| input.consume_key(Modifiers::NONE, key);
            (key(Key::ArrowDown), key(Key::ArrowUp), key(Key::Enter))
        });
        let edit = TextEdit::singleline(&mut palette.query).id(Id::unique("palette search"));
        let edit = edit.hint_text("What do you want to do?").margin(egui::Margin::symmetric(10, 8));
        let field = ui.add(edit.desired_width(f32::INFINITY)).accessible_name("Search or run a command");
        field.request_focus();
        if field.changed() {
            palette.chosen = 0;
        }
        let lines = fitting(state, draft, &palette.query);
        if lines.is_empty() {
            ui.add_space(6.0);
            ui.label(format!("Nothing fits \"{}\"", palette.query));
            ui.add_space(6.0);
        }
        let last = lines.len().saturating_sub(1);
        if down {
            palette.chosen = (palette.chosen + 1).min(last);
        }
        if up {
            palette.chosen = palette.chosen.saturating_sub(1);
        }
        ui.spacing_mut().item_spacing.y = 0.0;
        ui.add_space(4.0);
        ScrollArea::vertical().max_height(400.0).show(ui, |ui| {
            for (index, line) in lines.iter().enumerate() {
                let (clicked, rect) = line_ui(ui, line, index == palette.chosen);
                if (clicked || (enter && index == palette.chosen)) && line.possible {
                    chosen = Some(line.goes);
                }
                if (down || up) && index == palette.chosen {
                    ui.scroll_to_rect(rect, None);
                }
            }
        });
    });
    match chosen {
        Some(Goes::Action(action)) => action.perform(state, draft, out),
        Some(Goes::Open(id)) => draft.open_integration(id, out),
        Some(Goes::Sync(id)) => {
            let card = state.integrations.iter().flatten().find(|card| card.id == id);
            if let Some(of) = card.and_then(SyncOf::card) {
                draft.sync_now(of, state, out);
            }
        }
        Some(Goes::Run(run)) => draft.go_to_run(run, out),
        None if modal.should_close() => {}
        None => draft.palette = Some(palette),
    }
}

fn fitting(state: &State, draft: &Draft, query: &str) -> Vec<Line> {
    let actions = ACTIONS.iter().filter(|info| info.action != Action::Palette).map(|info| Line {
        goes: Goes::Action(info.action),
        icon: info.icon,
        name: info.name.to_owned(),
        also: info.also.to_owned(),
        right: info.key.as_ref().map(action::key_text).unwrap_or_default(),
        possible: info.action.possible(state, draft),
    });
    let integrations = state.integrations.iter().flatten().map(|card| Line {
        goes: Goes::Open(card.id),
        icon: icon::WORKFLOW,
        name: card.name.clone(),
        also: card.sentences.join(" "),
        right: "Integration".to_owned(),
        possible: true,
    });
    let both_ways = state.integrations.iter().flatten().filter_map(SyncOf::card);
    let syncs = both_ways.map(|of| Line {
        goes: Goes::Sync(of.id),
        icon: icon::REFRESH_CW,
        name: format!("Sync {}", of.name),
        also: format!("now both ways {}", of.ends.join(" ")),
        right: if of.first { "Never synced" } else { "" }.to_owned(),
        possible: state.starting().is_none(),
    });
    let runs = state.runs.iter().flatten().take(MOST_RUNS).map(|card| Line {
        goes: Goes::Run(card.run.id),
        icon: icon::HISTORY,
        name: card.run.name.clone(),
        also: format!("run {}", card.run.id.0),
        right: format!("Run {}, {}", card.run.id.0, format::ago(card.run.began_at, state.now)),
        possible: true,
    });
    let words: Vec<String> = query.split_whitespace().map(str::to_lowercase).collect();
    let mut lines: Vec<Line> = actions
        .chain(integrations)
        .chain(syncs)
        .chain(runs)
        .filter(|line| {
            let text = format!("{} {}", line.name, line.also).to_lowercase();
            words.iter().all(|word| text.contains(word.as_str()))
        })
        .collect();
    // What can be done stands before what cannot, and a name before what is only described so.
    lines.sort_by_key(|line| {
        let named = words.first().is_none_or(|word| line.name.to_lowercase().contains(word.as_str()));
        (!line.possible, !named)
    });
    lines
}

fn line_ui(ui: &mut Ui, line: &Line, under_keyboard: bool) -> (bool, egui::Rect) {
    let tokens = tokens(ui);
    let (rect, response) = ui.allocate_exact_size(Vec2::new(ui.available_width(), 32.0), Sense::click());
    response.widget_info(|| WidgetInfo::labeled(Role::ListBoxOption, line.possible, &line.name));
    if under_keyboard || response.hovered() {
        let ground = if under_keyboard { tokens.selected } else { tokens.hover };
        ui.painter().rect_filled(rect, CornerRadius::same(theme::RADIUS), ground);
    }
    let inner = rect.shrink2(Vec2::new(10.0, 0.0));
    let colour = if line.possible { tokens.strong } else { tokens.quiet.gamma_multiply(0.7) };
    let icon_colour = if line.possible { tokens.quiet } else { colour };
    ui.painter().text(inner.left_center(), Align2::LEFT_CENTER, line.icon, theme::icon_font(14.0), icon_colour);
    let right =
        ui.painter().text(inner.right_center(), Align2::RIGHT_CENTER, &line.right, theme::small_font(), tokens.quiet);
    let name = egui::Rect::from_x_y_ranges(inner.left() + 26.0..=right.left() - 12.0, inner.y_range());
    parts::grid::elided(ui, name, &line.name, theme::body_font(), colour, false);
    (response.clicked(), rect)
}
