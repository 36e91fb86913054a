//! The rows of a group: a grid whose cells are corrected in place. Only what is seen is asked for and drawn.

use crate::gui::command::{Command, Outbox};
use crate::gui::draft::Draft;
use crate::gui::errors::{CellAt, Editing, ErrorsAsk, ErrorsDeed, Group};
use crate::gui::format;
use crate::gui::parts::{self, grid};
use crate::gui::state::State;
use crate::gui::theme::{self, Meaning, icon, tokens};
use crate::record::RowNumber;
use crate::workspace::{MadeBy, QueueCard, QueueRow, Suggestion};
use egui::{
    CursorIcon, EventFilter, Frame, Id, Key, Margin, Modifiers, Role, Sense, Stroke, StrokeKind, TextEdit, Ui,
    WidgetInfo,
};
use egui_table::{CellInfo, Column, HeaderCellInfo, HeaderRow, PrefetchInfo, Table, TableDelegate};

/// Most rows of a list that is drawn as one: beyond, positions on the screen lose their precision.
const MOST_ROWS: u64 = 2_000_000;

/// A column of the grid.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Shown {
    /// The row's number.
    Row,
    /// Why it did not get through.
    Reason,
    /// How often it was tried.
    Tries,
    /// The record chosen for it.
    Chosen,
    /// A cell of the source.
    Cell(usize),
}

pub(super) fn ui(ui: &mut Ui, state: &State, draft: &mut Draft, out: &mut Outbox, card: &QueueCard, group: &Group) {
    let line = Stroke::new(1.0, tokens(ui).hairline);
    ui.painter().hline(ui.max_rect().x_range(), ui.max_rect().top(), line);
    let list = &state.errors.list;
    let mine = list.are_of(group);
    if let Some(error) = list.error.as_ref().filter(|_| mine) {
        Frame::new().inner_margin(Margin::same(14)).show(ui, |ui| parts::error_ui(ui, error, out, |_| {}));
        return;
    }
    // The card knows how many there are, until the rows themselves are counted.
    let count = list.count().filter(|_| mine).unwrap_or(card.rows).min(MOST_ROWS);
    if !mine || list.get(0).is_none() {
        list.wanted(group, 0..60).into_iter().for_each(|ask| out.push(Command::Errors(ask)));
        Frame::new().inner_margin(Margin::same(14)).show(ui, |ui| parts::waiting_ui(ui, "Reading rows", 8));
        return;
    }
    if count == 0 {
        parts::empty_ui(ui, icon::INBOX, "No row is left here", None);
        return;
    }
    if card.rows > MOST_ROWS {
        let text = format!("The first {} rows are shown", format::number(MOST_ROWS));
        Frame::new()
            .inner_margin(Margin::symmetric(14, 6))
            .show(ui, |ui| parts::note_ui(ui, Meaning::Information, &text));
    }
    let advice = state.errors.advice.as_ref().filter(|(of, _)| of == group).and_then(|(_, fact)| fact.here());
    let blamed: Vec<usize> = match advice.map(|advice| &advice.made_by) {
        Some(MadeBy::Column(column)) => place(card, column).into_iter().collect(),
        Some(MadeBy::Formula(columns)) => columns.iter().filter_map(|column| place(card, column)).collect(),
        _ => Vec::new(),
    };
    let mut shown = vec![Shown::Row, Shown::Reason, Shown::Tries];
    if advice.is_some_and(|advice| advice.suggestion == Suggestion::Duplicates) {
        shown.push(Shown::Chosen);
    }
    // The cells to blame stand first.
    let others = (0..card.columns.len()).filter(|column| !blamed.contains(column));
    shown.extend(blamed.iter().copied().chain(others).map(Shown::Cell));
    keys(ui, state, draft, out, card, group, &shown, count);
    table_ui(ui, state, draft, out, (card, group), (&shown, &blamed), count);
}

fn place(card: &QueueCard, column: &str) -> Option<usize> {
    card.columns.iter().position(|known| known == column)
}

fn focus_id() -> Id {
    Id::unique("error rows")
}

/// The cells of the source, in the order of the grid.
fn cells(shown: &[Shown]) -> Vec<usize> {
    let cell = |shown: &Shown| match shown {
        Shown::Cell(column) => Some(*column),
        _ => None,
    };
    shown.iter().filter_map(cell).collect()
}

/// Arrows move, F2 or Enter edits, Space opens the row.
#[expect(clippy::too_many_arguments, reason = "a grid is about all of these")]
fn keys(
    ui: &Ui,
    state: &State,
    draft: &mut Draft,
    out: &mut Outbox,
    card: &QueueCard,
    group: &Group,
    shown: &[Shown],
    count: u64,
) {
    if draft.errors.editing.is_some() {
        return editing_keys(ui, state, draft, out, group, shown, count);
    }
    if !ui.memory(|memory| memory.has_focus(focus_id())) {
        return;
    }
    let cells = cells(shown);
    let Some(first) = cells.first().copied() else { return };
    let at = draft.errors.cell.unwrap_or(CellAt { index: 0, column: first });
    let here = cells.iter().position(|column| *column == at.column).unwrap_or(0);
    let press = |key| ui.input_mut(|input| input.consume_key(Modifiers::NONE, key));
    let begun = draft.errors.cell.is_some();
    let last = count - 1;
    let beside = |column: usize| CellAt { column, ..at };
    let moves = [
        (Key::ArrowDown, CellAt { index: (at.index + u64::from(begun)).min(last), ..at }),
        (Key::ArrowUp, CellAt { index: at.index.saturating_sub(1), ..at }),
        (Key::PageDown, CellAt { index: (at.index + 20).min(last), ..at }),
        (Key::PageUp, CellAt { index: at.index.saturating_sub(20), ..at }),
        (Key::ArrowRight, beside(cells[(here + 1).min(cells.len() - 1)])),
        (Key::ArrowLeft, beside(cells[here.saturating_sub(1)])),
        (Key::Home, CellAt { index: 0, ..at }),
        (Key::End, CellAt { index: last, ..at }),
    ];
    for (key, to) in moves {
        if press(key) {
            go(draft, to);
            if draft.errors.open_row.is_some()
                && let Some(row) = state.errors.list.get(to.index)
            {
                draft.errors.open_row = Some(row.row);
            }
        }
    }
    let Some(at) = draft.errors.cell else { return };
    let Some(row) = state.errors.list.get(at.index) else { return };
    if press(Key::Space) {
        draft.errors.open_row = if draft.errors.open_row == Some(row.row) { None } else { Some(row.row) };
    }
    if ui.input(|input| input.events.iter().any(|event| matches!(event, egui::Event::Copy))) {
        let text = row.cells.get(at.column).cloned().unwrap_or_default();
        out.push(Command::Copy(format!("{}\n{text}", card.columns[at.column])));
    }
    let typed = ui.input(|input| {
        input.events.iter().find_map(|event| match event {
            egui::Event::Text(text) if !text.trim().is_empty() && text != "?" => Some(text.clone()),
            _ => None,
        })
    });
    if press(Key::F2) || press(Key::Enter) {
        begin(draft, row, at, None);
    } else if press(Key::Delete) {
        edit(out, group, row, at.column, String::new());
    } else if let Some(text) = typed {
        begin(draft, row, at, Some(text));
    }
}

fn go(draft: &mut Draft, to: CellAt) {
    draft.errors.cell = Some(to);
    draft.errors.go_to = Some(to.index);
    draft.errors.go_to_column = Some(to.column);
}

/// Opens a cell for editing; with what was typed, if typing began it.
fn begin(draft: &mut Draft, row: &QueueRow, at: CellAt, typed: Option<String>) {
    let text = typed.unwrap_or_else(|| row.cells.get(at.column).cloned().unwrap_or_default());
    draft.errors.cell = Some(at);
    draft.errors.editing = Some(Editing { at, row: row.row, text, focused: false });
}

fn edit(out: &mut Outbox, group: &Group, row: &QueueRow, column: usize, value: String) {
    if row.cells.get(column) != Some(&value) {
        let deed = ErrorsDeed::Edit { group: group.clone(), row: row.row, column, value };
        out.push(Command::Errors(ErrorsAsk::Do(deed)));
    }
}

/// Enter keeps and goes down, Tab keeps and goes to the next cell, Esc gives up.
fn editing_keys(
    ui: &Ui,
    state: &State,
    draft: &mut Draft,
    out: &mut Outbox,
    group: &Group,
    shown: &[Shown],
    count: u64,
) {
    let press = |modifiers, key| ui.input_mut(|input| input.consume_key(modifiers, key));
    let escape = ui.input(|input| input.key_pressed(Key::Escape));
    // Shift first: without it the same key would be taken for the plain one.
    let back = press(Modifiers::SHIFT, Key::Tab);
    let next = press(Modifiers::NONE, Key::Tab);
    let enter = press(Modifiers::NONE, Key::Enter);
    if !(escape || back || next || enter) {
        return;
    }
    let Some(editing) = draft.errors.editing.take() else { return };
    if escape {
        ui.input_mut(|input| input.consume_key(Modifiers::NONE, Key::Escape));
    } else {
        keep(state, out, group, &editing);
    }
    let cells = cells(shown);
    let here = cells.iter().position(|column| *column == editing.at.column).unwrap_or(0);
    let to = match () {
        () if next => CellAt { column: cells[(here + 1).min(cells.len() - 1)], ..editing.at },
        () if back => CellAt { column: cells[here.saturating_sub(1)], ..editing.at },
        () if enter => CellAt { index: (editing.at.index + 1).min(count - 1), ..editing.at },
        () => editing.at,
    };
    go(draft, to);
    if (next || back)
        && to != editing.at
        && let Some(row) = state.errors.list.get(to.index)
    {
        begin(draft, row, to, None);
    } else {
        ui.memory_mut(|memory| memory.request_focus(focus_id()));
    }
}

fn keep(state: &State, out: &mut Outbox, group: &Group, editing: &Editing) {
    if let Some(row) = state.errors.list.get(editing.at.index).filter(|row| row.row == editing.row) {
        edit(out, group, row, editing.at.column, editing.text.clone());
    }
}

fn table_ui(
    ui: &mut Ui,
    state: &State,
    draft: &mut Draft,
    out: &mut Outbox,
    (card, group): (&QueueCard, &Group),
    (shown, blamed): (&[Shown], &[usize]),
    count: u64,
) {
    let digits = (format::number(count).len() as f32 * 8.0 + 2.0 * grid::MARGIN).max(72.0);
    let column = |shown: &Shown| match shown {
        Shown::Row => Column::new(digits).resizable(false).id(Id::unique(("error row", digits as u32))),
        Shown::Reason => Column::new(230.0).range(80.0..=900.0).id(Id::unique("error reason")),
        Shown::Tries => Column::new(64.0).range(48.0..=120.0).id(Id::unique("error tries")),
        Shown::Chosen => Column::new(170.0).range(80.0..=300.0).id(Id::unique("error chosen")),
        Shown::Cell(at) => {
            let name = &card.columns[*at];
            let width = (name.chars().count() as f32 * 7.6 + 24.0).clamp(110.0, 220.0);
            Column::new(width).range(48.0..=800.0).id(Id::unique(("error cell", name)))
        }
    };
    let rect = ui.available_rect_before_wrap();
    let focus = ui.interact(rect, focus_id(), Sense::focusable_noninteractive());
    let said = format!("Rows to correct, {}", format::count(count, "row", "rows"));
    focus.widget_info(|| WidgetInfo::labeled(Role::Grid, true, &said));
    ui.memory_mut(|memory| {
        let filter = EventFilter { vertical_arrows: true, horizontal_arrows: true, ..EventFilter::default() };
        memory.set_focus_lock_filter(focus_id(), filter);
    });
    let mut table = Table::new()
        .id_salt(("errors", card.run.0, card.step))
        .num_rows(count)
        .columns(shown.iter().map(column).collect::<Vec<_>>())
        .num_sticky_cols(1)
        .headers([HeaderRow::new(grid::HEADER)]);
    if let Some(row) = draft.errors.go_to.take() {
        table = table.scroll_to_row(row.min(count - 1), None);
    }
    if let Some(column) = draft.errors.go_to_column.take()
        && let Some(at) = shown.iter().position(|known| *known == Shown::Cell(column))
    {
        table = table.scroll_to_column(at, None);
    }
    let mut delegate = RowGrid {
        state,
        card,
        group,
        shown,
        blamed,
        open: draft.errors.open_row,
        cell: draft.errors.cell.filter(|_| focus.has_focus() || draft.errors.editing.is_some()),
        editing: draft.errors.editing.take(),
        wanted: Vec::new(),
        did: None,
    };
    table.show(ui, &mut delegate);
    let RowGrid { wanted, did, editing, .. } = delegate;
    draft.errors.editing = editing;
    wanted.into_iter().for_each(|ask| out.push(Command::Errors(ask)));
    match did {
        Some(Did::Open(at, row)) => {
            draft.errors.open_row = if draft.errors.open_row == Some(row) { None } else { Some(row) };
            let column = draft.errors.cell.map(|cell| cell.column).or_else(|| cells(shown).first().copied());
            draft.errors.cell = column.map(|column| CellAt { index: at, column });
            focus.request_focus();
        }
        Some(Did::At(at)) => {
            draft.errors.cell = Some(at);
            focus.request_focus();
        }
        Some(Did::Edit(at)) => {
            if let Some(row) = state.errors.list.get(at.index) {
                begin(draft, row, at, None);
            }
        }
        Some(Did::Left) => {
            if let Some(editing) = draft.errors.editing.take() {
                keep(state, out, group, &editing);
            }
        }
        None => {}
    }
    if focus.has_focus() && draft.errors.cell.is_none() {
        ui.painter().rect_stroke(rect.shrink(1.0), 2.0, Stroke::new(2.0, tokens(ui).accent), StrokeKind::Inside);
    }
}

/// What happened in the grid.
enum Did {
    /// A row's story was asked for, or put away.
    Open(u64, RowNumber),
    /// A cell was clicked.
    At(CellAt),
    /// A cell was opened.
    Edit(CellAt),
    /// The cell that was edited lost the focus.
    Left,
}

struct RowGrid<'a> {
    state: &'a State,
    card: &'a QueueCard,
    group: &'a Group,
    shown: &'a [Shown],
    blamed: &'a [usize],
    open: Option<RowNumber>,
    cell: Option<CellAt>,
    editing: Option<Editing>,
    wanted: Vec<ErrorsAsk>,
    did: Option<Did>,
}

impl TableDelegate for RowGrid<'_> {
    fn prepare(&mut self, info: &PrefetchInfo) {
        self.wanted = self.state.errors.list.wanted(self.group, info.visible_rows.clone());
    }

    fn header_cell_ui(&mut self, ui: &mut Ui, cell: &HeaderCellInfo) {
        match self.shown.get(cell.col_range.start) {
            Some(Shown::Row) => grid::header_ui(ui, "Row", true),
            Some(Shown::Reason) => grid::header_ui(ui, "Reason", false),
            Some(Shown::Tries) => grid::header_ui(ui, "Tries", true),
            Some(Shown::Chosen) => grid::header_ui(ui, "Updates", false),
            Some(Shown::Cell(column)) => {
                grid::header_ui(ui, &self.card.columns[*column], false);
                if self.blamed.contains(column) {
                    let line = Stroke::new(2.0, tokens(ui).attention.strong);
                    ui.painter().hline(ui.max_rect().x_range(), ui.max_rect().bottom() - 1.5, line);
                }
            }
            None => {}
        }
    }

    fn row_ui(&mut self, ui: &mut Ui, index: u64) {
        let row = self.state.errors.list.get(index);
        let open = row.is_some_and(|row| self.open == Some(row.row));
        grid::row_ground(ui, open, None);
        let id = ui.unique_id().with("open");
        if let Some(row) = row
            && ui.interact(ui.max_rect(), id, Sense::click()).clicked()
        {
            self.did = Some(Did::Open(index, row.row));
        }
    }

    fn cell_ui(&mut self, ui: &mut Ui, cell: &CellInfo) {
        let Some(row) = self.state.errors.list.get(cell.row_nr) else {
            grid::text_ui(ui, "…", tokens(ui).quiet);
            return;
        };
        match self.shown.get(cell.col_nr) {
            Some(Shown::Row) => row_number_ui(ui, row),
            Some(Shown::Reason) => {
                grid::ask_width(ui, 214.0);
                let why = row.outcome.rejection().map_or("", |why| why.message.as_str());
                let rect = ui.max_rect().shrink2(egui::vec2(grid::MARGIN, 0.0));
                grid::elided(ui, rect, why, theme::body_font(), tokens(ui).text, false);
            }
            Some(Shown::Tries) => grid::number_ui(ui, u64::from(row.tries)),
            Some(Shown::Chosen) => {
                let id = row.chosen.as_deref().unwrap_or("");
                grid::ask_width(ui, 8.0 * 18.0);
                let rect = ui.max_rect().shrink2(egui::vec2(grid::MARGIN, 0.0));
                grid::elided(ui, rect, id, egui::FontId::monospace(theme::MONO), tokens(ui).accent_text, false);
            }
            Some(Shown::Cell(column)) => self.source_cell_ui(ui, row, CellAt { index: cell.row_nr, column: *column }),
            None => {}
        }
    }

    fn default_row_height(&self) -> f32 {
        theme::DENSE_ROW + 4.0
    }
}

fn row_number_ui(ui: &mut Ui, row: &QueueRow) {
    grid::ask_width(ui, 56.0);
    grid::number_ui(ui, row.row);
}

impl RowGrid<'_> {
    fn source_cell_ui(&mut self, ui: &mut Ui, row: &QueueRow, at: CellAt) {
        if self.editing.as_ref().is_some_and(|editing| editing.at == at) {
            return self.editing_ui(ui);
        }
        let tokens = tokens(ui);
        let rect = ui.max_rect();
        let text = row.cells.get(at.column).map_or("", String::as_str);
        let before = row.before.iter().find(|(column, _)| *column == at.column).map(|(_, before)| before);
        if ui.is_sizing_pass() {
            return grid::text_ui(ui, text, tokens.text);
        }
        let response = ui.interact(rect, ui.unique_id().with("cell"), Sense::click());
        let name = format!(
            "{}, row {}: {}",
            self.card.columns[at.column],
            row.row,
            if text.is_empty() { "blank" } else { text }
        );
        response.widget_info(|| WidgetInfo::labeled(Role::Cell, true, &name));
        if before.is_some() {
            // Corrected: a ground, and a corner that says so without colour.
            ui.painter().rect_filled(rect.shrink(0.5), 0.0, tokens.accent_faint);
            let corner = rect.right_top();
            let points = vec![corner, corner + egui::vec2(-7.0, 0.0), corner + egui::vec2(0.0, 7.0)];
            ui.painter().add(egui::Shape::convex_polygon(points, tokens.accent, Stroke::NONE));
        }
        let colour = if before.is_some() { tokens.accent_text } else { tokens.strong };
        grid::text_ui(ui, text, colour);
        if self.cell == Some(at) {
            ui.painter().rect_stroke(rect.shrink(1.0), 2.0, Stroke::new(2.0, tokens.accent), StrokeKind::Inside);
        }
        if response.double_clicked() || (response.clicked() && self.cell == Some(at)) {
            self.did = Some(Did::Edit(at));
        } else if response.clicked() {
            self.did = Some(Did::At(at));
        }
        let response = response.on_hover_cursor(CursorIcon::Cell);
        if let Some(before) = before {
            let was = if before.is_empty() { "It was blank".to_owned() } else { format!("It was: {before}") };
            response.on_hover_text(was);
        }
    }

    fn editing_ui(&mut self, ui: &mut Ui) {
        let Some(editing) = &mut self.editing else { return };
        let rect = ui.max_rect().shrink(1.0);
        let name = format!("{} of row {}", self.card.columns[editing.at.column], editing.row);
        ui.painter().rect_filled(rect, 0.0, tokens(ui).field);
        let edit = TextEdit::singleline(&mut editing.text)
            .margin(Margin::symmetric(7, 2))
            .frame(Frame::NONE)
            .lock_focus(true)
            .align(egui::Align2::LEFT_CENTER);
        let response = ui.put(rect, edit).accessible_name(name);
        ui.painter().rect_stroke(rect, 2.0, Stroke::new(2.0, tokens(ui).accent), StrokeKind::Inside);
        if !editing.focused {
            editing.focused = true;
            response.request_focus();
        } else if response.lost_focus() {
            self.did = Some(Did::Left);
        }
    }
}
