//! The live log: every call that the practice org has answered, the newest first.

use super::call;
use crate::gui::command::{Command, Outbox};
use crate::gui::draft::Draft;
use crate::gui::format;
use crate::gui::parts::{self, Press, grid};
use crate::gui::state::State;
use crate::gui::theme::{self, Meaning, icon, tokens};
use crate::workspace::PracticeCall;
use egui::{Align, Frame, Id, Key, Layout, Margin, Modifiers, Panel, Role, Sense, Stroke, Ui, WidgetInfo};
use egui_table::{CellInfo, Column, HeaderCellInfo, HeaderRow, Table, TableDelegate};

const FILTER: &str = "Filter calls";

pub(super) fn ui(ui: &mut Ui, state: &State, draft: &mut Draft, out: &mut Outbox) {
    bar_ui(ui, state, draft);
    let list = listed(state, draft);
    keys(ui, draft, out, &list);
    if let Some(open) = draft.practice.call.and_then(|number| list.iter().find(|call| call.number == number)) {
        let ground =
            Frame::new().fill(tokens(ui).canvas).inner_margin(Margin { left: 16, right: 12, top: 10, bottom: 10 });
        Panel::bottom("practice call").resizable(false).show_separator_line(false).frame(ground).show(ui, |ui| {
            let line = Stroke::new(1.0, tokens(ui).hairline);
            ui.painter().hline(ui.max_rect().expand(16.0).x_range(), ui.max_rect().top() - 10.0, line);
            call::ui(ui, state, draft, out, open);
        });
    }
    if list.is_empty() {
        let narrowed = !draft.filter.is_empty() || draft.practice.only_hit;
        let (sentence, action) = match (narrowed, state.practice.calls.is_empty()) {
            (true, false) => ("No call fits", Some("Show all calls")),
            _ => ("Calls appear here as programs make them", None),
        };
        if parts::empty_ui(ui, icon::INBOX, sentence, action) {
            draft.filter.clear();
            draft.practice.only_hit = false;
        }
        return;
    }
    grid_ui(ui, draft, &list);
}

fn bar_ui(ui: &mut Ui, state: &State, draft: &mut Draft) {
    Frame::new().inner_margin(Margin { left: 16, right: 12, top: 8, bottom: 8 }).show(ui, |ui| {
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 6.0;
            let heading = ui.label(theme::title("Live log").size(14.5).color(tokens(ui).strong));
            heading.widget_info(|| WidgetInfo::labeled(Role::Heading, true, "Live log"));
            match draft.practice.paused {
                Some(at) => {
                    let more = state.practice.last.saturating_sub(at);
                    let words = if more > 0 { format!("Paused, {more} more") } else { "Paused".to_owned() };
                    parts::pill_ui(ui, Meaning::Attention, "", &words)
                }
                None => parts::pill_ui(ui, Meaning::Good, icon::PLAY, "Live"),
            };
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                if Press::icon_only(icon::TRASH_2, "Clear the view of calls").ui(ui).clicked() {
                    draft.practice.cleared = state.practice.last;
                    draft.practice.call = None;
                }
                let paused = draft.practice.paused.is_some();
                let (word, name) = if paused { ("Go on", "Go on with the log") } else { ("Pause", "Pause the log") };
                if Press::new(word).name(name).chosen(paused).ui(ui).clicked() {
                    draft.practice.paused = if paused { None } else { Some(state.practice.last) };
                }
                let name = "Only calls that a bad day has hit";
                let chosen = draft.practice.only_hit;
                if Press::icon_only(icon::TRIANGLE_ALERT, name).chosen(chosen).ui(ui).clicked() {
                    draft.practice.only_hit = !chosen;
                }
                let wide = (ui.available_width() - 12.0).clamp(96.0, 260.0);
                // What shows everything again stands behind the field, as elsewhere.
                let size = egui::vec2(wide, theme::CONTROL);
                ui.allocate_ui_with_layout(size, Layout::left_to_right(Align::Center), |ui| {
                    parts::filter_ui(ui, FILTER, wide - 36.0, &mut draft.filter, &mut draft.focus_filter);
                });
            });
        });
    });
}

/// The calls that are listed, the newest first.
fn listed<'a>(state: &'a State, draft: &Draft) -> Vec<&'a PracticeCall> {
    let words: Vec<String> = draft.filter.split_whitespace().map(str::to_lowercase).collect();
    let last = draft.practice.paused.unwrap_or(u64::MAX);
    let fits = |call: &&PracticeCall| {
        if call.number <= draft.practice.cleared || call.number > last {
            return false;
        }
        if draft.practice.only_hit && call.fault.is_none() {
            return false;
        }
        words.is_empty() || {
            let fault = call.fault.as_deref().unwrap_or_default();
            let text = format!("{} {} {} {} {fault}", call.method, call.path, status_text(call), call.client);
            let text = text.to_lowercase();
            words.iter().all(|word| text.contains(word.as_str()))
        }
    };
    state.practice.calls.iter().rev().filter(fits).collect()
}

/// Arrows move from call to call, Ctrl+C copies the one that is open.
fn keys(ui: &Ui, draft: &mut Draft, out: &mut Outbox, list: &[&PracticeCall]) {
    if !ui.memory(|memory| memory.has_focus(Id::unique("practice log"))) || list.is_empty() {
        return;
    }
    let last = list.len() - 1;
    let at = draft.practice.call.and_then(|number| list.iter().position(|call| call.number == number));
    let press = |key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
    let from = at.unwrap_or(0);
    for (key, to) in [
        (Key::ArrowDown, (from + usize::from(at.is_some())).min(last)),
        (Key::ArrowUp, from.saturating_sub(1)),
        (Key::PageDown, (from + 20).min(last)),
        (Key::PageUp, from.saturating_sub(20)),
        (Key::Home, 0),
        (Key::End, last),
    ] {
        if press(key) {
            draft.practice.call = Some(list[to].number);
            draft.practice.show_call = true;
        }
    }
    if at.is_some() && press(Key::Escape) {
        draft.practice.call = None;
    }
    let copies = ui.input(|input| input.events.iter().any(|event| matches!(event, egui::Event::Copy)));
    if copies && let Some(at) = at {
        out.push(Command::Copy(call::copied(list[at])));
    }
}

/// Widths of the columns, in their order; that of the path is what is left.
const WIDTHS: [f32; 8] = [78.0, 72.0, 0.0, 144.0, 72.0, 50.0, 220.0, 170.0];
const PATH: usize = 2;
/// Columns that should be seen without scrolling.
const SEEN: usize = 6;

fn grid_ui(ui: &mut Ui, draft: &mut Draft, list: &[&PracticeCall]) {
    let rect = ui.available_rect_before_wrap();
    let focus = ui.interact(rect, Id::unique("practice log"), Sense::focusable_noninteractive());
    let said = format!("Calls, {} listed", format::number(list.len() as u64));
    focus.widget_info(|| WidgetInfo::labeled(Role::Grid, true, &said));
    ui.memory_mut(|memory| {
        let lock = egui::EventFilter { vertical_arrows: true, escape: true, ..egui::EventFilter::default() };
        memory.set_focus_lock_filter(Id::unique("practice log"), lock);
    });
    let others: f32 = WIDTHS[..SEEN].iter().sum();
    let path = (rect.width() - others - 12.0).max(200.0).floor();
    let columns = WIDTHS.iter().enumerate().map(|(index, width)| {
        let width = if index == PATH { path } else { *width };
        Column::new(width).range(48.0..=1_600.0).id(Id::unique(("practice log column", index, width as u32)))
    });
    let mut table = Table::new()
        .id_salt("practice log")
        .num_rows(list.len() as u64)
        .columns(columns.collect::<Vec<_>>())
        .headers([HeaderRow::new(grid::HEADER)]);
    if std::mem::take(&mut draft.practice.show_call)
        && let Some(at) = draft.practice.call.and_then(|number| list.iter().position(|call| call.number == number))
    {
        table = table.scroll_to_row(at as u64, None);
    }
    let widths = WIDTHS.map(|width| if width > 0.0 { width } else { path });
    let mut delegate = Grid { list, widths, open: draft.practice.call, clicked: None };
    table.show(ui, &mut delegate);
    if let Some(number) = delegate.clicked {
        draft.practice.call = if draft.practice.call == Some(number) { None } else { Some(number) };
        focus.request_focus();
    }
    if focus.has_focus() && draft.practice.call.is_none() {
        ui.painter().rect_stroke(rect.shrink(1.0), 2.0, Stroke::new(2.0, tokens(ui).accent), egui::StrokeKind::Inside);
    }
}

struct Grid<'a> {
    list: &'a [&'a PracticeCall],
    widths: [f32; 8],
    open: Option<u64>,
    clicked: Option<u64>,
}

impl TableDelegate for Grid<'_> {
    fn header_cell_ui(&mut self, ui: &mut Ui, cell: &HeaderCellInfo) {
        let names = ["Time", "Method", "Path", "Status", "Took", "Cost", "Bad day", "Client"];
        let column = cell.col_range.start;
        // The first time, columns are as wide as they say and not as their cells ask for.
        if ui.is_sizing_pass() {
            ui.set_min_width(self.widths.get(column).copied().unwrap_or_default());
            return;
        }
        grid::header_ui(ui, names.get(column).copied().unwrap_or_default(), [4, 5].contains(&column));
    }

    fn row_ui(&mut self, ui: &mut Ui, index: u64) {
        let Some(call) = self.list.get(index as usize) else { return };
        let tint = call.fault.is_some().then(|| tokens(ui).attention.faint.gamma_multiply(0.6));
        grid::row_ground(ui, self.open == Some(call.number), tint);
        let id = ui.unique_id().with("click");
        if ui.interact(ui.max_rect(), id, Sense::click()).clicked() {
            self.clicked = Some(call.number);
        }
    }

    fn cell_ui(&mut self, ui: &mut Ui, cell: &CellInfo) {
        let Some(call) = self.list.get(cell.row_nr as usize) else { return };
        if ui.is_sizing_pass() {
            return;
        }
        let tokens = tokens(ui);
        match cell.col_nr {
            0 => grid::text_ui(ui, &format::clock(call.at), tokens.quiet),
            1 => grid::text_ui(ui, &call.method, tokens.text),
            2 => path_ui(ui, &call.path),
            3 => {
                let (meaning, mark) = mark(call);
                grid::mark_ui(ui, mark, &status_text(call), tokens.tint(meaning).strong);
            }
            4 => grid::right_ui(ui, &format!("{} ms", format::number(call.ms)), tokens.text),
            5 => grid::number_ui(ui, u64::from(call.cost)),
            6 => grid::text_ui(ui, &call.fault.as_deref().map(call::fault_title).unwrap_or_default(), tokens.text),
            _ => grid::text_ui(ui, &call.client, tokens.quiet),
        }
    }

    fn default_row_height(&self) -> f32 {
        theme::DENSE_ROW
    }
}

/// A path without the part that all of them have in common.
fn path_ui(ui: &mut Ui, path: &str) {
    let rest = path.strip_prefix("/services/data/v").and_then(|rest| rest.split_once('/')).map(|(_, rest)| rest);
    let rect = ui.max_rect().shrink2(egui::vec2(grid::MARGIN, 0.0));
    match rest {
        Some(rest) => {
            let font = theme::body_font();
            let dots =
                ui.painter().text(rect.left_center(), egui::Align2::LEFT_CENTER, "…/", font.clone(), tokens(ui).quiet);
            grid::elided(ui, rect.with_min_x(dots.right() + 1.0), rest, font, tokens(ui).strong, false);
        }
        None => grid::text_ui(ui, path, tokens(ui).strong),
    }
}

/// What a status means, by colour and shape.
pub(super) fn mark(call: &PracticeCall) -> (Meaning, &'static str) {
    match call.status {
        200..=299 => (Meaning::Good, icon::CIRCLE_CHECK),
        300..=399 => (Meaning::Information, icon::INFO),
        400..=499 => (Meaning::Attention, icon::TRIANGLE_ALERT),
        _ => (Meaning::Bad, icon::CIRCLE_X),
    }
}

/// `200 OK`, `No answer`
pub(super) fn status_text(call: &PracticeCall) -> String {
    let word = match call.status {
        0 => return "No answer".to_owned(),
        200 => "OK",
        201 => "Created",
        204 => "Done",
        300 => "Several",
        304 => "Unchanged",
        400 => "Bad request",
        401 => "Signed out",
        403 => "Refused",
        404 => "Not found",
        405 => "Wrong verb",
        429 => "Too many",
        500 => "Error",
        502 => "Bad gateway",
        503 => "Unavailable",
        504 => "Timed out",
        _ => "",
    };
    format!("{} {word}", call.status).trim_end().to_owned()
}
