//! A column on the source card: what it holds, a value of the row at hand, and what is odd about it.

use super::board;
use crate::connect::profile::ColumnProfile;
use crate::gui::draft::Draft;
use crate::gui::draft::designer::{ColumnRow, Drag, Lists, Pane};
use crate::gui::format;
use crate::gui::parts::{Press, grid};
use crate::gui::state::State;
use crate::gui::theme::{self, icon, tokens};
use crate::gui::views::import::targets;
use crate::mapping::{ColumnFormat, Expression};
use crate::record::Kind;
use crate::workspace::SourceLook;
use egui::{Align2, CornerRadius, Popup, Rect, Role, Sense, Ui, Vec2, WidgetInfo};

/// Room for the mark of a column whose cells are damaged.
const MARK: f32 = 24.0;

/// Values that are told on hover.
const TOLD: usize = 6;

/// What a column may hold.
pub(in crate::gui::views::designer) const KINDS: [Kind; 6] =
    [Kind::Text, Kind::Number, Kind::Boolean, Kind::Date, Kind::DateTime, Kind::Time];

pub(super) fn ui(ui: &mut Ui, state: &State, draft: &mut Draft, lists: &Lists, file: &SourceLook, at: usize) {
    let column = &lists.columns[at];
    let (rect, _) = ui.allocate_exact_size(Vec2::new(ui.available_width(), board::ROW), Sense::hover());
    // Tab stops at the list, not at each of its rows.
    let response = ui.interact(rect, egui::Id::unique(("designer column", &column.name)), Sense::CLICK | Sense::DRAG);
    let names: Vec<&str> = column.goes_to.iter().map(|&at| lists.targets[at].path.as_str()).collect();
    let said = match names.as_slice() {
        [] if column.index.is_none() => format!("{}, not in the file, not mapped", column.name),
        [] => format!("{}, {}, not mapped", column.name, column.kind.label().to_lowercase()),
        names => format!("{}, {}, mapped to {}", column.name, column.kind.label().to_lowercase(), names.join(" and ")),
    };
    let hand = &draft.designer.hand;
    let at_hand = hand.column.as_deref() == Some(&column.name);
    let carried = hand.carried.as_deref() == Some(&column.name);
    let touched = column.goes_to.iter().any(|&at| hand.chosen.contains(&lists.targets[at].path));
    response.widget_info(|| WidgetInfo::selected(Role::ListItem, true, at_hand, &said));
    let wire = hand.over_wire.and_then(|wire| lists.wires.get(wire));
    let wired = wire.is_some_and(|wire| wire.column == at);
    let whole = draft.designer.profile(state).cloned();
    let seen = whole.as_ref().map_or(0, |whole| whole.rows);
    // The profile has the columns in the order of the file.
    let profile = whole.as_ref().zip(column.index).and_then(|(whole, index)| whole.columns.get(index));
    paint(ui, rect, draft, file, (column, profile, seen), &response, (at_hand || wired, touched, carried));
    if let Some(profile) = profile {
        about(&response, profile, seen);
        if !profile.damage.is_empty() {
            damage_ui(ui, draft, lists, rect, at, profile);
        }
    }
    kind_ui(ui, draft, rect, &column.name, column.kind);
    let hand = &mut draft.designer.hand;
    if response.clicked() {
        hand.column = Some(column.name.clone());
        let held = ui.input(|input| input.modifiers.command || input.modifiers.shift);
        if !held {
            hand.chosen.clear();
        }
        hand.chosen.extend(names.iter().map(|&name| name.to_owned()));
        if let [only] = names.as_slice() {
            hand.field = Some((*only).to_owned());
        }
        hand.focus = Some(Pane::Source);
    }
    if response.drag_started() && column.index.is_some() {
        hand.let_go();
        hand.column = Some(column.name.clone());
        hand.drag = Some(Drag::Column(column.name.clone()));
    }
}

fn paint(
    ui: &mut Ui,
    rect: Rect,
    draft: &Draft,
    file: &SourceLook,
    (column, profile, seen): (&ColumnRow, Option<&ColumnProfile>, u64),
    response: &egui::Response,
    (at_hand, touched, carried): (bool, bool, bool),
) {
    let tokens = tokens(ui);
    let ground = match () {
        () if carried => tokens.accent_faint,
        () if at_hand || touched => tokens.selected,
        () if response.hovered() => tokens.hover,
        () => egui::Color32::TRANSPARENT,
    };
    ui.painter().rect_filled(rect.shrink2(Vec2::new(4.0, 0.5)), CornerRadius::same(theme::RADIUS), ground);
    let mapped = !column.goes_to.is_empty();
    let mut words = rect.with_min_x(rect.left() + 38.0).with_max_x(rect.right() - 14.0);
    let lost = column.index.is_none();
    let (sample, filled) = column.index.map_or((String::new(), String::new()), |index| {
        let row = file.head.row(draft.designer.row);
        let filled = match profile {
            Some(profile) => format::percent(profile.filled, seen),
            None => filled(file, index),
        };
        (row.map(|row| format::one_line(row.cell(index))).unwrap_or_default(), filled)
    });
    let fill = words.with_min_x(words.right() - 44.0);
    let colour = if filled == "100 %" { tokens.quiet } else { tokens.text };
    grid::elided(ui, fill, &filled, theme::small_font(), colour, true);
    words.max.x = fill.left() - 6.0;
    if profile.is_some_and(|profile| !profile.damage.is_empty()) {
        words.max.x -= MARK;
    }
    // Where there is little room, the name has it.
    let narrow = words.width() < 190.0;
    let name = if narrow { words } else { words.with_max_x(words.left() + words.width() * 0.56) };
    let colour = match () {
        () if lost => tokens.bad.strong,
        () if mapped => tokens.strong,
        () => tokens.text,
    };
    let font = if mapped { theme::medium_font(theme::BODY) } else { theme::body_font() };
    let most = (name.width() / 7.0) as usize;
    let taken = grid::elided(ui, name, &format::middle(&column.name, most), font, colour, false);
    if profile.is_none() && most < column.name.chars().count() && response.hovered() {
        response.clone().on_hover_text(&column.name);
    }
    if narrow {
        return;
    }
    let rest = words.with_min_x((words.left() + words.width() * 0.5).max(taken.right() + 8.0));
    let sample = if lost { "not in the file" } else { sample.as_str() };
    grid::elided(ui, rest, sample, theme::small_font(), if lost { tokens.bad.strong } else { tokens.quiet }, false);
}

/// How many of the rows seen have a value.
fn filled(file: &SourceLook, index: usize) -> String {
    let rows = file.head.len() as u64;
    let filled = file.head.rows().filter(|row| !row.cell(index).trim().is_empty()).count() as u64;
    format::percent(filled, rows)
}

/// The icon of what a column holds; a click chooses.
fn kind_ui(ui: &mut Ui, draft: &mut Draft, row: Rect, column: &str, kind: Kind) {
    let tokens = tokens(ui);
    let rect = Rect::from_center_size(egui::pos2(row.left() + 21.0, row.center().y), Vec2::splat(24.0));
    let response = ui.interact(rect, egui::Id::unique(("designer kind", column)), Sense::CLICK);
    let name = format!("Kind of {column}: {}", kind.label());
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &name));
    if response.hovered() {
        ui.painter().rect_filled(rect.shrink(1.0), CornerRadius::same(4), tokens.control_press);
    }
    let colour = if kind == Kind::Text { tokens.quiet } else { tokens.accent_text };
    ui.painter().text(rect.center(), Align2::CENTER_CENTER, targets::kind_icon(kind), theme::icon_font(14.0), colour);
    let response = response.on_hover_text(format!("Holds: {}. Click to change", kind.label().to_lowercase()));
    Popup::menu(&response).show(|ui| {
        ui.set_min_width(170.0);
        for other in KINDS {
            let tick = if other == kind { icon::CHECK } else { targets::kind_icon(other) };
            if Press::new(other.label()).icon(tick).line().chosen(other == kind).ui(ui).clicked() {
                set_kind(draft, column, other);
                ui.close();
            }
        }
    });
}

/// Says what a column holds.
pub(in crate::gui::views::designer) fn set_kind(draft: &mut Draft, column: &str, kind: Kind) {
    let what = format!("{column} holds {}", kind.label().to_lowercase());
    draft.designer.change_step(what, |step| {
        // What a query yields is known from the org.
        let Some(file) = step.source.file_mut() else { return };
        let formats = file.columns.get(column).and_then(|known| known.formats);
        if kind == Kind::Text && formats.is_none() {
            file.columns.remove(column);
        } else {
            file.columns.insert(column.to_owned(), ColumnFormat { kind, formats });
        }
    });
}

/// What all cells of the column hold, on hover.
fn about(response: &egui::Response, profile: &ColumnProfile, rows: u64) {
    response.clone().on_hover_ui(|ui| {
        let quiet = tokens(ui).quiet;
        ui.label(theme::medium(&profile.name));
        let more = if profile.more { "more than " } else { "" };
        let filled = format!("{} of {} filled", format::number(profile.filled), format::number(rows));
        ui.label(format!("{filled}, {more}{}", format::count(profile.distinct, "value", "different values")));
        if let Some((least, most)) = &profile.range {
            ui.label(format!("from {} to {}", format::middle(least, 40), format::middle(most, 40)));
        }
        if let Some((longest, row)) = profile.longest {
            ui.label(format!("longest: {longest} characters, in row {}", format::number(row)));
        }
        if let Some((cell, row)) = &profile.first_unlike {
            let kind = profile.kind.label().to_lowercase();
            let many = format::count(profile.unlike, "cell is", "cells are");
            ui.label(format!("{many} no {kind}, first \"{}\" in row {row}", format::middle(cell, 30)));
        }
        if !profile.unique() && profile.values.len() > 1 {
            let told = profile.values.iter().take(TOLD);
            let told: Vec<_> = told.map(|(value, count)| format!("{} ({count})", format::middle(value, 24))).collect();
            ui.label(theme::small(told.join(", ")).color(quiet));
        }
    });
}

/// What is probably wrong with the cells, and the formula that mends it.
fn damage_ui(ui: &mut Ui, draft: &mut Draft, lists: &Lists, row: Rect, at: usize, profile: &ColumnProfile) {
    let tint = tokens(ui).attention;
    let centre = egui::pos2(row.right() - 14.0 - 44.0 - 6.0 - MARK / 2.0, row.center().y);
    let rect = Rect::from_center_size(centre, Vec2::splat(MARK));
    let response = ui.interact(rect, egui::Id::unique(("designer damage", &profile.name)), Sense::CLICK);
    let words: Vec<String> = profile.damage.iter().map(|damage| damage.label()).collect();
    let said = format!("{}: {}", profile.name, words.join("; "));
    response.widget_info(|| WidgetInfo::labeled(Role::Button, true, &said));
    ui.painter().text(centre, Align2::CENTER_CENTER, icon::TRIANGLE_ALERT, theme::icon_font(13.0), tint.strong);
    let response = response.on_hover_text(words.join("\n"));
    Popup::menu(&response).show(|ui| {
        ui.set_min_width(260.0);
        for damage in &profile.damage {
            ui.label(theme::medium(damage.label()));
            let column = &profile.name;
            match damage.repair(column) {
                None => {
                    ui.label(theme::small("It can only be mended where the file comes from").color(tokens(ui).quiet));
                }
                Some(_) if lists.columns[at].goes_to.is_empty() => {
                    ui.label(theme::small("Map the column first; then it can be mended here").color(tokens(ui).quiet));
                }
                Some(formula) => {
                    let words = format!("Mend it by {formula}");
                    if Press::new(&words).icon(icon::SPARKLES).low().ui(ui).clicked() {
                        mend(draft, column, &formula);
                        ui.close();
                    }
                }
            }
        }
    });
}

/// Every rule that copies the column takes the formula instead.
fn mend(draft: &mut Draft, column: &str, formula: &str) {
    draft.designer.change_step(format!("Mend {column}"), |step| {
        for rule in &mut step.mapping.rules {
            if rule.from == Expression::Column(column.to_owned()) {
                rule.from = Expression::Formula(formula.to_owned());
            }
        }
    });
}
