//! The rows of a run: one grid, however many there are, of which only what is seen is asked for and drawn.

use super::equation::list;
use crate::connect::{Outcome, RowOutcome};
use crate::gui::command::{Command, Outbox};
use crate::gui::draft::Draft;
use crate::gui::finding::{Found, Question};
use crate::gui::format;
use crate::gui::parts::{self, Press, grid};
use crate::gui::rows::Rows;
use crate::gui::state::State;
use crate::gui::theme::{self, icon, tokens};
use crate::record::RowNumber;
use crate::store::RunId;
use crate::workspace::{ResultRow, RowFilter, RunCard, Search};
use egui::{Align, Frame, Id, Key, Layout, Margin, Modifiers, Role, Sense, Stroke, Ui, WidgetInfo};
use egui_table::{CellInfo, Column, HeaderCellInfo, HeaderRow, PrefetchInfo, Table, TableDelegate};

/// Most rows of a list that is drawn as one: beyond, positions on the screen lose their precision.
const MOST_ROWS: u64 = 2_000_000;

/// Columns before those of the source: row, outcome, record or reason.
const OWN: usize = 3;

/// Width of what finds rows, and of its field.
const FIND: f32 = 350.0;
const FIND_TEXT: f32 = 170.0;

pub(super) fn ui(ui: &mut Ui, state: &State, draft: &mut Draft, out: &mut Outbox, card: &RunCard) {
    let run = card.run.id;
    bar_ui(ui, state, draft, card);
    if let Some(question) = question(draft, run) {
        return found_ui(ui, state, draft, out, card, &question);
    }
    let filter = draft.run.filter.clone();
    let rows = &state.rows;
    let mine = rows.are_of(run, &filter);
    if let Some(error) = rows.error.as_ref().filter(|_| mine) {
        Frame::new().inner_margin(Margin::same(14)).show(ui, |ui| parts::error_ui(ui, error, out, |_| {}));
        return;
    }
    let count = if mine { rows.count } else { None };
    let Some(count) = count else {
        rows.wanted(run, &filter, 0..60).into_iter().for_each(|command| out.push(command));
        Frame::new().inner_margin(Margin::same(14)).show(ui, |ui| parts::waiting_ui(ui, "Reading rows", 8));
        return;
    };
    if count == 0 {
        rows.wanted(run, &filter, 0..1).into_iter().for_each(|command| out.push(command));
        let sentence = if state.works(run) { "No row here yet" } else { "No row has this outcome" };
        if parts::empty_ui(ui, icon::INBOX, sentence, (filter != RowFilter::default()).then_some("Show all rows")) {
            list(draft, RowFilter::default());
        }
        return;
    }
    let shown = count.min(MOST_ROWS);
    if shown < count {
        let text = format!("The first {} rows are shown. Narrow the list to see others.", format::number(shown));
        Frame::new()
            .inner_margin(Margin::symmetric(14, 6))
            .show(ui, |ui| parts::note_ui(ui, theme::Meaning::Information, &text));
    }
    let list = List::All(&state.rows, &filter);
    keys(ui, list, draft, out, card, shown);
    grid_ui(ui, list, draft, out, card, shown);
}

/// What is looked for, when something is.
fn question(draft: &Draft, run: RunId) -> Option<Question> {
    let text = draft.run.find.trim();
    let search = if draft.run.find_key { Search::Key } else { Search::Text };
    (!text.is_empty()).then(|| Question { run, filter: draft.run.filter.clone(), search: search(text.to_owned()) })
}

/// The rows that have what is looked for.
fn found_ui(ui: &mut Ui, state: &State, draft: &mut Draft, out: &mut Outbox, card: &RunCard, question: &Question) {
    let found = &state.found;
    let settled = !state.works(question.run);
    let mine = found.answers(question);
    if !mine || found.count() == 0 {
        found.wanted(question, 0, settled).into_iter().for_each(|command| out.push(command));
        match found.error.as_ref().filter(|_| mine) {
            Some(error) => {
                Frame::new().inner_margin(Margin::same(14)).show(ui, |ui| parts::error_ui(ui, error, out, |_| {}));
            }
            None if !mine || found.unfinished() => {
                Frame::new()
                    .inner_margin(Margin::same(14))
                    .show(ui, |ui| parts::waiting_ui(ui, "Looking through the rows", 8));
            }
            None => nothing_found_ui(ui, draft),
        }
        return;
    }
    let list = List::Found(found, question, settled);
    keys(ui, list, draft, out, card, found.count());
    grid_ui(ui, list, draft, out, card, found.count());
}

fn nothing_found_ui(ui: &mut Ui, draft: &mut Draft) {
    let text = format::middle(draft.run.find.trim(), 40);
    let of = if draft.run.filter == RowFilter::default() { "" } else { " among those listed" };
    let sentence = match draft.run.find_key {
        true => format!("No row{of} has a key that begins with \u{201c}{text}\u{201d}"),
        false => format!("No row{of} has \u{201c}{text}\u{201d} in a cell"),
    };
    if parts::empty_ui(ui, icon::SEARCH, &sentence, Some("Show all rows")) {
        draft.run.find.clear();
        list(draft, RowFilter::default());
    }
}

/// What the grid shows: the pages of a list, or what a search has found.
#[derive(Clone, Copy)]
enum List<'a> {
    All(&'a Rows, &'a RowFilter),
    /// The last says that the run does not change them now.
    Found(&'a Found, &'a Question, bool),
}

impl<'a> List<'a> {
    fn get(self, index: u64) -> Option<&'a ResultRow> {
        match self {
            List::All(rows, _) => rows.get(index),
            List::Found(found, ..) => found.get(index),
        }
    }

    fn wanted(self, run: RunId, visible: std::ops::Range<u64>) -> Vec<Command> {
        match self {
            List::All(rows, filter) => rows.wanted(run, filter, visible),
            List::Found(found, question, settled) => found.wanted(question, visible.end, settled).into_iter().collect(),
        }
    }
}

fn bar_ui(ui: &mut Ui, state: &State, draft: &mut Draft, card: &RunCard) {
    let line = Stroke::new(1.0, tokens(ui).hairline);
    ui.painter().hline(ui.max_rect().x_range(), ui.max_rect().top(), line);
    let mut beside = false;
    Frame::new().inner_margin(Margin { left: 14, right: 14, top: 8, bottom: 8 }).show(ui, |ui| {
        ui.horizontal(|ui| {
            ui.spacing_mut().item_spacing.x = 4.0;
            let live = state.live.get(&card.run.id);
            let tally = live.map_or(card.tally, |progress| progress.tally);
            let all = live.map_or(card.rows, |progress| progress.read);
            let waiting = live.map_or(card.waiting, |progress| progress.read.saturating_sub(progress.tally.total()));
            let chosen = draft.run.filter == RowFilter::default();
            if Press::new(&format!("All {}", format::number(all))).quiet().low().chosen(chosen).ui(ui).clicked() {
                list(draft, RowFilter::default());
            }
            for outcome in Outcome::ALL.into_iter().filter(|outcome| tally.of(*outcome) > 0) {
                let mark = parts::outcome_mark(Some(outcome));
                let text = format!("{} {}", mark.word, format::number(tally.of(outcome)));
                let filter = RowFilter { outcomes: vec![outcome], ..RowFilter::default() };
                let chosen = draft.run.filter.outcomes == filter.outcomes;
                let colour = tokens(ui).tint(mark.meaning).strong;
                let press = Press::new(&text).icon(mark.icon).icon_colour(colour).quiet().low().chosen(chosen);
                if press.ui(ui).clicked() {
                    list(draft, filter);
                }
            }
            if waiting > 0 {
                let text = format!("Waiting {}", format::number(waiting));
                let press = Press::new(&text).icon(icon::CIRCLE_DASHED).quiet().low().chosen(draft.run.filter.waiting);
                if press.ui(ui).clicked() {
                    list(draft, RowFilter { waiting: true, ..RowFilter::default() });
                }
            }
            if let Some(code) = draft.run.filter.code.clone() {
                ui.add_space(6.0);
                let name = format!("No longer only {code}");
                if Press::new(&code).end_icon(icon::X).low().name(&name).ui(ui).clicked() {
                    draft.run.filter.code = None;
                    draft.run.go_to = Some(0);
                }
            }
            if ui.available_width() >= FIND {
                ui.with_layout(Layout::right_to_left(Align::Center), |ui| find_ui(ui, state, draft, card));
                beside = true;
            }
        });
        if !beside {
            ui.add_space(4.0);
            ui.horizontal(|ui| find_ui(ui, state, draft, card));
        }
    });
}

/// The field that looks for rows, with how many were found, and whether only keys count.
fn find_ui(ui: &mut Ui, state: &State, draft: &mut Draft, card: &RunCard) {
    let size = egui::vec2(FIND, theme::CONTROL);
    ui.allocate_ui_with_layout(size, Layout::left_to_right(Align::Center), |ui| {
        let before = (draft.run.find.clone(), draft.run.find_key);
        let room = if draft.run.find.is_empty() { FIND_TEXT + 28.0 } else { FIND_TEXT };
        parts::filter_ui(ui, "Find in the rows", room, &mut draft.run.find, &mut draft.focus_filter);
        let key = Press::new("By key").quiet().low().chosen(draft.run.find_key).name("Only keys that begin so");
        if key.ui(ui).on_hover_text("Find rows whose key begins with this, and not any cell that has it").clicked() {
            draft.run.find_key = !draft.run.find_key;
        }
        if before != (draft.run.find.clone(), draft.run.find_key) {
            draft.run.cursor = None;
            draft.run.go_to = Some(0);
        }
        if question(draft, card.run.id).is_none_or(|question| !state.found.answers(&question)) {
            return;
        }
        let (found, number) = (&state.found, format::number(state.found.count()));
        if let Some(error) = &found.error {
            let words = ui.label(
                theme::small(format!("{number}, then it failed")).color(tokens(ui).tint(theme::Meaning::Bad).strong),
            );
            words.on_hover_text(error.to_string());
            return;
        }
        let words = match (found.searching(), found.unfinished()) {
            (true, _) => format!("{number} so far…"),
            (false, true) => format!("{number} or more"),
            (false, false) => format!("{number} found"),
        };
        ui.label(theme::small(words).color(tokens(ui).quiet));
    });
}

/// Arrows move in the grid, Enter opens the row.
fn keys(ui: &Ui, list: List<'_>, draft: &mut Draft, out: &mut Outbox, card: &RunCard, count: u64) {
    // The story follows the keyboard, also when the row comes a moment later.
    if draft.run.by_keys
        && draft.run.open_row.is_some()
        && let Some(row) = draft.run.cursor.and_then(|cursor| list.get(cursor))
    {
        draft.run.open_row = Some((row.step, row.row));
    }
    let grid = Id::unique("run rows");
    if !ui.memory(|memory| memory.has_focus(grid)) {
        return;
    }
    let last = count - 1;
    let at = draft.run.cursor.unwrap_or(0);
    let press = |key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
    let moves = [
        (Key::ArrowDown, (at + u64::from(draft.run.cursor.is_some())).min(last)),
        (Key::ArrowUp, at.saturating_sub(1)),
        (Key::PageDown, (at + 20).min(last)),
        (Key::PageUp, at.saturating_sub(20)),
        (Key::Home, 0),
        (Key::End, last),
    ];
    for (key, to) in moves {
        if press(key) {
            draft.run.cursor = Some(to);
            draft.run.go_to = Some(to);
            draft.run.by_keys = true;
        }
    }
    let copies = ui.input(|input| input.events.iter().any(|event| matches!(event, egui::Event::Copy)));
    if copies && let Some(row) = draft.run.cursor.and_then(|cursor| list.get(cursor)) {
        let names = card.run.steps.get(row.step).map(|step| step.columns.as_slice()).unwrap_or_default();
        out.push(Command::Copy(copied(row, names)));
    }
    if press(Key::Enter)
        && let Some(row) = draft.run.cursor.and_then(|cursor| list.get(cursor))
    {
        draft.run.open_row = Some((row.step, row.row));
    }
}

fn grid_ui(ui: &mut Ui, list: List<'_>, draft: &mut Draft, out: &mut Outbox, card: &RunCard, count: u64) {
    // The steps of a sync have columns of their own: where all are listed, each row says what was done instead.
    let mixed = card.sync && draft.run.filter.step.is_none();
    let of = draft.run.filter.step.unwrap_or(0);
    let names: Vec<String> = match mixed {
        true => vec!["What was done".to_owned()],
        false => card.run.steps.get(of).map(|step| step.columns.clone()).unwrap_or_default(),
    };
    let sentences: Vec<&str> = card.run.steps.iter().filter(|_| mixed).map(|step| step.sentence.as_str()).collect();
    let wide = if card.tally.attention() > 0 { 300.0 } else { 190.0 };
    let digits = (format::number(count).len() as f32 * 8.0 + 2.0 * grid::MARGIN).max(72.0);
    let mut columns = vec![
        Column::new(digits).resizable(false).id(Id::unique(("row", digits as u32))),
        Column::new(124.0).range(80.0..=240.0).id(Id::unique("outcome")),
        Column::new(wide).range(80.0..=900.0).id(Id::unique(("record", wide as u32))),
    ];
    columns.extend(names.iter().map(|name| {
        let width = if mixed { 320.0 } else { (name.chars().count() as f32 * 7.6 + 24.0).clamp(96.0, 220.0) };
        Column::new(width).range(48.0..=800.0).id(Id::unique(("cell", name)))
    }));
    let rect = ui.available_rect_before_wrap();
    // The grid as a whole takes the focus; its rows are told by the arrows.
    let focus = ui.interact(rect, Id::unique("run rows"), Sense::focusable_noninteractive());
    let said = format!("Rows of the run, {}", format::count(count, "row", "rows"));
    focus.widget_info(|| WidgetInfo::labeled(Role::Grid, true, &said));
    ui.memory_mut(|memory| {
        let lock = egui::EventFilter { vertical_arrows: true, ..egui::EventFilter::default() };
        memory.set_focus_lock_filter(Id::unique("run rows"), lock);
    });
    let mut table = Table::new()
        .id_salt(("rows", card.run.id.0))
        .num_rows(count)
        .columns(columns)
        .num_sticky_cols(1)
        .headers([HeaderRow::new(grid::HEADER)]);
    if let Some(row) = draft.run.go_to.take() {
        table = table.scroll_to_row(row.min(count - 1), None);
    }
    let mut delegate = RowGrid {
        list,
        run: card.run.id,
        names: &names,
        sentences: &sentences,
        open: draft.run.open_row,
        cursor: draft.run.cursor,
        wanted: Vec::new(),
        clicked: None,
    };
    table.show(ui, &mut delegate);
    let RowGrid { wanted, clicked, .. } = delegate;
    wanted.into_iter().for_each(|command| out.push(command));
    if let Some((index, step, row)) = clicked {
        draft.run.cursor = Some(index);
        draft.run.by_keys = false;
        draft.run.open_row = if draft.run.open_row == Some((step, row)) { None } else { Some((step, row)) };
        focus.request_focus();
    }
    // A click shows by itself where it was.
    if focus.has_focus() && (draft.run.by_keys || draft.run.cursor.is_none()) {
        ui.painter().rect_stroke(rect.shrink(1.0), 2.0, Stroke::new(2.0, tokens(ui).accent), egui::StrokeKind::Inside);
    }
}

struct RowGrid<'a> {
    list: List<'a>,
    run: RunId,
    names: &'a [String],
    /// What each step did, where rows say that instead of their cells.
    sentences: &'a [&'a str],
    open: Option<(usize, RowNumber)>,
    cursor: Option<u64>,
    wanted: Vec<Command>,
    clicked: Option<(u64, usize, RowNumber)>,
}

impl TableDelegate for RowGrid<'_> {
    fn prepare(&mut self, info: &PrefetchInfo) {
        self.wanted = self.list.wanted(self.run, info.visible_rows.clone());
    }

    fn header_cell_ui(&mut self, ui: &mut Ui, cell: &HeaderCellInfo) {
        match cell.col_range.start {
            0 => grid::header_ui(ui, "Row", true),
            1 => grid::header_ui(ui, "Outcome", false),
            2 => grid::header_ui(ui, "Record or reason", false),
            column => grid::header_ui(ui, self.names.get(column - OWN).map_or("", String::as_str), false),
        }
    }

    fn row_ui(&mut self, ui: &mut Ui, index: u64) {
        let row = self.list.get(index);
        let open = row.is_some_and(|row| self.open == Some((row.step, row.row)));
        grid::row_ground(ui, open || self.cursor == Some(index), None);
        // A row is drawn twice, in the part that scrolls and in the part that stays: each has an id of its own.
        let id = ui.unique_id().with("click");
        if let Some(row) = row
            && ui.interact(ui.max_rect(), id, Sense::click()).clicked()
        {
            self.clicked = Some((index, row.step, row.row));
        }
    }

    fn cell_ui(&mut self, ui: &mut Ui, cell: &CellInfo) {
        let Some(row) = self.list.get(cell.row_nr) else {
            grid::text_ui(ui, "…", tokens(ui).quiet);
            return;
        };
        match cell.col_nr {
            0 => number_ui(ui, row.row),
            1 => outcome_ui(ui, row),
            2 => reason_ui(ui, row),
            _ if !self.sentences.is_empty() => {
                grid::text_ui(ui, self.sentences.get(row.step).copied().unwrap_or_default(), tokens(ui).text);
            }
            column => grid::text_ui(ui, row.cells.get(column - OWN).map_or("", String::as_str), tokens(ui).text),
        }
    }

    fn default_row_height(&self) -> f32 {
        theme::DENSE_ROW + 2.0
    }
}

fn number_ui(ui: &mut Ui, row: RowNumber) {
    grid::ask_width(ui, 56.0);
    grid::number_ui(ui, row);
}

fn outcome_ui(ui: &mut Ui, row: &ResultRow) {
    let mark = parts::outcome_mark(row.outcome.as_ref().map(|outcome| outcome.outcome()));
    grid::mark_ui(ui, mark.icon, mark.word, tokens(ui).tint(mark.meaning).strong);
}

fn reason_ui(ui: &mut Ui, row: &ResultRow) {
    let text = |outcome: &RowOutcome| outcome.id().map_or_else(|| reason(outcome).chars().count(), str::len);
    // Room for an id, also while no row has one.
    grid::ask_width(ui, 8.0 * row.outcome.as_ref().map_or(0, text).max(18) as f32);
    let Some(outcome) = &row.outcome else { return };
    let rect = ui.max_rect().shrink2(egui::vec2(grid::MARGIN, 0.0));
    match (outcome.id(), outcome.rejection()) {
        (Some(id), _) => {
            grid::elided(ui, rect, id, egui::FontId::monospace(theme::MONO), tokens(ui).text, false);
        }
        (None, Some(why)) => {
            grid::elided(ui, rect, &why.message, theme::body_font(), tokens(ui).strong, false);
        }
        (None, None) => {}
    }
}

fn reason(outcome: &RowOutcome) -> &str {
    outcome.rejection().map_or("", |why| why.message.as_str())
}

/// The row under the keyboard as a spreadsheet takes it, with its header.
fn copied(row: &ResultRow, names: &[String]) -> String {
    let cell = |text: &str| {
        if text.contains(['\t', '\n', '\r', '"']) {
            format!("\"{}\"", text.replace('"', "\"\""))
        } else {
            text.to_owned()
        }
    };
    let outcome = row.outcome.as_ref();
    let mut header = vec!["Row".to_owned(), "Outcome".to_owned(), "Record or reason".to_owned()];
    header.extend(names.iter().map(|name| cell(name)));
    let about = outcome.map_or("", |outcome| outcome.id().unwrap_or_else(|| reason(outcome)));
    let word = parts::outcome_mark(outcome.map(RowOutcome::outcome)).word;
    let mut cells = vec![row.row.to_string(), word.to_owned(), cell(about)];
    cells.extend(row.cells.iter().map(|text| cell(text)));
    format!("{}\n{}", header.join("\t"), cells.join("\t"))
}
