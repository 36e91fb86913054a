//! The live preview: the first rows as they would be sent, beside what the source holds, and the row at hand.

use crate::engine::{CellChange, Preview, PreviewRow, Verdict};
use crate::gui::command::Outbox;
use crate::gui::draft::Draft;
use crate::gui::draft::designer::{Lists, Node};
use crate::gui::format;
use crate::gui::parts::{self, Press, grid};
use crate::gui::state::State;
use crate::gui::theme::{self, Meaning, icon, tokens};
use crate::gui::views::import::preview::{row_number_ui, value_ui};
use crate::workspace::SourceLook;
use egui::{Frame, Margin, Panel, Rect, Sense, Ui};
use egui_table::{CellInfo, Column, HeaderCellInfo, HeaderRow, Table, TableDelegate};

/// Height of the line above the grid.
const HEAD: f32 = 36.0;

pub(super) fn ui(ui: &mut Ui, state: &State, draft: &mut Draft, out: &mut Outbox) {
    let ground = Frame::new().fill(tokens(ui).surface);
    let most = (ui.available_height() - 260.0).max(120.0);
    let folded = draft.designer.preview_folded;
    let panel = Panel::bottom(("designer preview", folded)).frame(ground);
    let panel = if folded {
        panel.exact_size(HEAD).resizable(false)
    } else {
        panel.default_size((ui.available_height() * 0.3).clamp(130.0, 240.0)).size_range(100.0..=most).resizable(true)
    };
    panel.show(ui, |ui| {
        let top = ui.max_rect();
        ui.painter().hline(top.x_range(), top.top(), (1.0, tokens(ui).hairline));
        ui.spacing_mut().item_spacing.y = 0.0;
        head_ui(ui, state, draft);
        if !folded {
            body_ui(ui, state, draft, out);
        }
    });
}

fn head_ui(ui: &mut Ui, state: &State, draft: &mut Draft) {
    let preview = match draft.designer.preview(state) {
        Some((Ok(preview), stale)) => Some((preview.clone(), stale)),
        _ => None,
    };
    let (rect, _) = ui.allocate_exact_size(egui::vec2(ui.available_width(), HEAD), Sense::hover());
    let inner = rect.shrink2(egui::vec2(12.0, 0.0));
    ui.scope_builder(egui::UiBuilder::new().max_rect(inner), |ui| {
        ui.horizontal_centered(|ui| {
            ui.spacing_mut().item_spacing.x = 4.0;
            let folded = draft.designer.preview_folded;
            let (mark, name) = if folded {
                (icon::CHEVRON_RIGHT, "Unfold the preview")
            } else {
                (icon::CHEVRON_DOWN, "Fold the preview away")
            };
            if Press::icon_only(mark, name).low().ui(ui).clicked() {
                draft.designer.preview_folded = !folded;
            }
            ui.label(theme::medium("Live preview").color(tokens(ui).strong));
            ui.add_space(8.0);
            stepper_ui(ui, state, draft);
            let Some((preview, stale)) = preview else { return };
            let wrong: Vec<usize> = bad_rows(&preview).collect();
            if !wrong.is_empty() {
                let text = format!("Next of {}", format::count(wrong.len() as u64, "row to mend", "rows to mend"));
                let press = Press::new(&text).name("Next row with a problem").low().icon(icon::TRIANGLE_ALERT);
                if press.icon_colour(tokens(ui).attention.strong).ui(ui).clicked() {
                    let next = wrong.iter().find(|row| **row > draft.designer.row).or(wrong.first());
                    draft.designer.row = next.copied().unwrap_or_default();
                    draft.designer.go_to_row = true;
                }
            }
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                let from = draft.designer.at().and_then(|step| Some(step.sync.as_ref()?.ends(step)[0].clone()));
                let words = match (stale, waits_for(draft)) {
                    (true, _) => "Looking again…".to_owned(),
                    (false, Some(object)) if preview.not_sent > 0 => {
                        format!("{}; {object} records of an earlier step are not there yet", counts(&preview))
                    }
                    (false, _) => match from {
                        Some(from) => format!("What {from} holds now: {}", counts(&preview)),
                        None => counts(&preview),
                    },
                };
                ui.add(egui::Label::new(theme::small(words).color(tokens(ui).quiet)).truncate());
            });
        });
    });
}

/// The object that an earlier step makes and that a lookup of this one searches: before a run it finds nothing there.
fn waits_for(draft: &Draft) -> Option<String> {
    let designer = &draft.designer;
    let earlier = &designer.integration().steps[..designer.step.min(designer.integration().steps.len())];
    let lookups = designer.at()?.mapping.rules.iter().filter_map(|rule| rule.lookup.as_ref());
    let mut objects = lookups.map(|lookup| &lookup.object);
    objects.find(|object| earlier.iter().any(|step| step.object.eq_ignore_ascii_case(object))).cloned()
}

/// The row at hand, and the way to the next.
fn stepper_ui(ui: &mut Ui, state: &State, draft: &mut Draft) {
    let Some(look) = draft.designer.file(state) else { return };
    let seen = look.head.len();
    if seen == 0 {
        return;
    }
    let all = look.rows.map_or_else(|| format!("the first {seen}"), format::number);
    let row = draft.designer.row.min(seen - 1);
    ui.label(theme::small(format!("row {} of {all}", format::number(row as u64 + 1))).color(tokens(ui).text));
    let back = Press::new("‹").name("The row before").quiet().low().enabled(row > 0).ui(ui);
    let on = Press::new("›").name("The next row").quiet().low().enabled(row + 1 < seen).ui(ui);
    let to = match () {
        () if back.clicked() => row - 1,
        () if on.clicked() => row + 1,
        () => return,
    };
    draft.designer.row = to;
    draft.designer.go_to_row = true;
}

/// Rows that cannot be sent, or that have a cell which cannot.
fn bad_rows(preview: &Preview) -> impl Iterator<Item = usize> {
    let bad = |row: &PreviewRow| {
        row.verdict == Verdict::NotSent || row.cells.iter().any(|cell| cell.change == CellChange::Bad)
    };
    preview.rows.iter().enumerate().filter(move |(_, row)| bad(row)).map(|(at, _)| at)
}

fn counts(preview: &Preview) -> String {
    let counts = [
        (preview.create, "create"),
        (preview.update, "update"),
        (preview.delete, "delete"),
        (preview.unchanged, "unchanged"),
        (preview.skip, "skip"),
        (preview.not_sent, "cannot be sent"),
    ];
    let some = counts.into_iter().filter(|(count, _)| *count > 0);
    let words: Vec<_> = some.map(|(count, word)| format!("{} {word}", format::number(count))).collect();
    let of = if preview.all { String::new() } else { format!(" of the first {}", format::number(preview.looked_at)) };
    format!("{}{of}", words.join(", "))
}

fn body_ui(ui: &mut Ui, state: &State, draft: &mut Draft, out: &mut Outbox) {
    let lists = draft.designer.lists(state);
    let look = draft.designer.file(state).cloned();
    let padded = Frame::new().inner_margin(Margin::symmetric(14, 8));
    match draft.designer.preview(state).map(|(answer, _)| answer.clone()) {
        Some(Ok(preview)) if preview.rows.is_empty() => {
            parts::empty_ui(ui, icon::INBOX, "The source has no rows", None);
        }
        Some(Ok(preview)) => {
            let columns = lists_of(&lists, &preview);
            let mut widths = vec![Column::new(64.0).resizable(false).id(egui::Id::unique("row"))];
            widths.extend(preview.fields.iter().map(|field| {
                let width = (field.chars().count() as f32 * 7.6 + 24.0).clamp(110.0, 260.0);
                Column::new(width).range(48.0..=800.0).id(egui::Id::unique(field))
            }));
            let object = draft.designer.at().map(|step| step.object.clone()).unwrap_or_default();
            let mut table = Table::new()
                .id_salt(("designer preview", object, draft.designer.step))
                .num_rows(preview.rows.len() as u64)
                .columns(widths)
                .num_sticky_cols(1)
                .headers([HeaderRow::new(grid::HEADER)]);
            if std::mem::take(&mut draft.designer.go_to_row) {
                table = table.scroll_to_row(draft.designer.row as u64, None);
            }
            let mut rows = Rows {
                preview: &preview,
                look: look.as_deref(),
                columns: &columns,
                at_hand: draft.designer.row as u64,
                field: draft.designer.hand.field.as_deref(),
                chosen: None,
            };
            table.show(ui, &mut rows);
            if let Some((row, field)) = rows.chosen {
                // A row from further down is shown here only; the lists hold the first ones.
                if look.as_ref().is_some_and(|look| (row as usize) < look.head.len()) {
                    draft.designer.row = row as usize;
                }
                if let Some(field) = field {
                    draft.designer.hand.choose_field(&field);
                    draft.designer.hand.reveal_field = true;
                }
            }
        }
        Some(Err(error)) if draft.designer.found(state).is_empty() => {
            padded.show(ui, |ui| parts::error_ui(ui, &error, out, |_| {}));
        }
        Some(Err(_)) => {
            // A rule that cannot run was left out; what is missing without it says nothing that the list does not say.
            padded.show(ui, |ui| {
                parts::note_ui(ui, Meaning::Attention, "What would be sent is shown once the problems are mended");
            });
        }
        None => {
            padded.show(ui, |ui| {
                ui.spacing_mut().item_spacing.y = 8.0;
                parts::waiting_ui(ui, "Looking at what would change", 3);
            });
        }
    }
}

/// Where a field of the preview comes from.
struct From {
    /// The one column that feeds it.
    column: Option<usize>,
    /// Whether its value is made and not only passed on.
    made: bool,
}

fn lists_of(lists: &Lists, preview: &Preview) -> Vec<From> {
    preview
        .fields
        .iter()
        .map(|field| {
            let Some(at) = lists.target(field) else { return From { column: None, made: false } };
            let mut wires = lists.wires.iter().filter(|wire| wire.target == at);
            let first = wires.next().filter(|_| wires.next().is_none());
            let made = !matches!(lists.targets[at].node, Some(Node::Copy | Node::Policy) | None);
            From { column: first.and_then(|wire| lists.columns[wire.column].index), made }
        })
        .collect()
}

struct Rows<'a> {
    preview: &'a Preview,
    look: Option<&'a SourceLook>,
    columns: &'a [From],
    at_hand: u64,
    field: Option<&'a str>,
    chosen: Option<(u64, Option<String>)>,
}

impl TableDelegate for Rows<'_> {
    fn header_cell_ui(&mut self, ui: &mut Ui, cell: &HeaderCellInfo) {
        match cell.col_range.start {
            0 => grid::header_ui(ui, "Row", true),
            column => {
                let field = self.preview.fields.get(column - 1).map_or("", String::as_str);
                grid::header_ui(ui, field, false);
                if self.field.is_some_and(|chosen| chosen.eq_ignore_ascii_case(field)) {
                    let rect = ui.max_rect();
                    ui.painter().hline(rect.x_range(), rect.bottom() - 1.0, (2.0, tokens(ui).accent));
                }
            }
        }
    }

    fn row_ui(&mut self, ui: &mut Ui, row: u64) {
        let bad = self.preview.rows.get(row as usize).is_some_and(|row| row.verdict == Verdict::NotSent);
        let tint = bad.then(|| tokens(ui).attention.faint.gamma_multiply(0.45));
        grid::row_ground(ui, row == self.at_hand, tint);
    }

    fn cell_ui(&mut self, ui: &mut Ui, cell: &CellInfo) {
        let Some(row) = self.preview.rows.get(cell.row_nr as usize) else { return };
        let response = ui.interact(ui.max_rect(), ui.unique_id().with("choose"), Sense::CLICK);
        if response.clicked() {
            let field = cell.col_nr.checked_sub(1).and_then(|at| self.preview.fields.get(at)).cloned();
            self.chosen = Some((cell.row_nr, field));
        }
        match cell.col_nr.checked_sub(1) {
            None => row_number_ui(ui, row),
            Some(at) => {
                let Some(shown) = row.cells.get(at) else { return };
                let source = self.source(cell.row_nr, at);
                let source = source.filter(|source| shown.change != CellChange::Bad && *source != shown.new);
                match source {
                    Some(source) => both_ui(ui, source, shown),
                    None => value_ui(ui, shown),
                }
            }
        }
    }

    fn default_row_height(&self) -> f32 {
        theme::DENSE_ROW
    }
}

impl Rows<'_> {
    /// What the source holds, where one column feeds the field and its value is made.
    fn source(&self, row: u64, field: usize) -> Option<&str> {
        let from = self.columns.get(field).filter(|from| from.made)?;
        let row = self.look?.head.row(row as usize)?;
        from.column.map(|column| row.cell(column)).filter(|cell| !cell.trim().is_empty())
    }
}

/// What the source holds, quiet, and then what it becomes.
fn both_ui(ui: &mut Ui, source: &str, cell: &crate::engine::PreviewCell) {
    grid::ask_width(ui, 7.0 * (source.chars().count() + cell.new.chars().count() + 4) as f32);
    let tokens = tokens(ui);
    let rect = ui.max_rect().shrink2(egui::vec2(grid::MARGIN, 0.0));
    let half = Rect::from_min_max(rect.min, egui::pos2(rect.left() + rect.width() * 0.45, rect.max.y));
    let taken = grid::elided(ui, half, source, theme::small_font(), tokens.quiet, false);
    let at = egui::pos2(taken.right() + 4.0, rect.center().y);
    ui.painter().text(at, egui::Align2::LEFT_CENTER, "→", theme::small_font(), tokens.quiet);
    let rest = rect.with_min_x(taken.right() + 20.0);
    let colour = if cell.change == CellChange::Same { tokens.quiet } else { tokens.strong };
    grid::elided(ui, rest, if cell.new.is_empty() { "–" } else { &cell.new }, theme::body_font(), colour, false);
}
