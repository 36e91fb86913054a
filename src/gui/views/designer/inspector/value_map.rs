//! The value map as a table: what becomes what, what the file holds that it does not list, and what becomes of strangers.

use super::from::{hint_ui, values};
use super::{change, part_ui};
use crate::gui::command::{Command, Outbox};
use crate::gui::designing::Rows;
use crate::gui::draft::designer::{TargetRow, tables as model};
use crate::gui::draft::{Draft, Purpose};
use crate::gui::format;
use crate::gui::parts::{self, PickItem, Picker, Press};
use crate::gui::state::State;
use crate::gui::theme::{self, Meaning, icon, tokens};
use crate::gui::views::designer::tables;
use crate::mapping::{Expression, Otherwise, Rule, ValueMap};
use egui::{Id, Margin, ScrollArea, TextEdit, Ui};

/// Height of a row of the table.
const LINE: f32 = 32.0;

/// Rows that are shown at once.
const SHOWN: f32 = 7.5;

/// Unknown values that are offered one by one.
const OFFERED: usize = 6;

pub(super) fn ui(ui: &mut Ui, state: &State, draft: &mut Draft, row: &TargetRow, rule: &Rule, out: &mut Outbox) {
    part_ui(ui, "Translate values");
    let Some(map) = &rule.map else {
        if Press::new("Translate values by a table").icon(icon::LIST).low().ui(ui).clicked() {
            change(draft, rule, "Value map", None, |rule| rule.map = Some(ValueMap::default()));
        }
        return;
    };
    if let Some(table) = &map.table {
        let table = table.clone();
        table_ui(ui, draft, rule, &table);
    } else {
        rows_ui(ui, draft, row, rule, map);
        buttons_ui(ui, draft, rule, map, out);
        elsewhere_ui(ui, draft, rule, map);
        unknown_ui(ui, state, draft, rule, map);
        paste(ui, draft, rule);
    }
    otherwise_ui(ui, draft, row, rule, map);
    let mut match_case = map.match_case;
    if parts::check_ui(ui, &mut match_case, "A and a are two values", "") {
        edit(draft, rule, None, |map| map.match_case = match_case);
    }
}

fn edit(draft: &mut Draft, rule: &Rule, stretch: Option<&str>, with: impl FnOnce(&mut ValueMap)) {
    change(draft, rule, "Value map", stretch, |rule| {
        if let Some(map) = &mut rule.map {
            with(map);
        }
    });
}

fn rows_ui(ui: &mut Ui, draft: &mut Draft, row: &TargetRow, rule: &Rule, map: &ValueMap) {
    if map.rows.is_empty() {
        hint_ui(ui, "No value is listed yet. Add them here, or paste two columns from a spreadsheet");
        return;
    }
    let choices = row.field.as_ref().map(values).unwrap_or_default();
    let mut area = ScrollArea::vertical().id_salt("value map").max_height(LINE * SHOWN).auto_shrink([false, true]);
    if map.rows.len() as f32 <= SHOWN {
        area = area.scroll_source(egui::scroll_area::ScrollSource::NONE);
    }
    let before = ui.spacing().item_spacing.y;
    ui.spacing_mut().item_spacing.y = 0.0;
    area.show_rows(ui, LINE, map.rows.len(), |ui, range| {
        for at in range {
            ui.push_id(at, |ui| row_ui(ui, draft, rule, map, at, &choices));
        }
    });
    ui.spacing_mut().item_spacing.y = before;
}

fn row_ui(ui: &mut Ui, draft: &mut Draft, rule: &Rule, map: &ValueMap, at: usize, choices: &[PickItem]) {
    let (from, to) = map.rows[at].clone();
    ui.horizontal(|ui| {
        ui.set_min_height(LINE);
        ui.spacing_mut().item_spacing.x = 4.0;
        let wide = (ui.available_width() - 58.0) / 2.0;
        let mut typed = from.clone();
        let field = TextEdit::singleline(&mut typed).desired_width(wide - 16.0).margin(Margin::symmetric(8, 5));
        let response = ui.add(field).accessible_name(format!("Value {} of the file", at + 1));
        if response.changed() {
            edit(draft, rule, Some(&format!("map {at} from")), |map| map.rows[at].0 = typed);
        }
        if response.lost_focus() {
            draft.designer.end_stretch();
        }
        ui.label(egui::RichText::new(icon::ARROW_RIGHT).size(12.0).color(tokens(ui).quiet));
        let name = format!("What {from} becomes");
        if choices.is_empty() {
            let mut typed = to;
            let field = TextEdit::singleline(&mut typed).desired_width(wide - 16.0).margin(Margin::symmetric(8, 5));
            let response = ui.add(field).accessible_name(&name);
            if response.changed() {
                edit(draft, rule, Some(&format!("map {at} to")), |map| map.rows[at].1 = typed);
            }
            if response.lost_focus() {
                draft.designer.end_stretch();
            }
        } else {
            let known = choices.iter().any(|item| item.key == to);
            let picker = Picker::new(Id::unique(("map to", &rule.target, at)), &name, &to).hint("Choose…").width(wide);
            if let Some(chosen) = picker.warn(!known).ui(ui, || choices.to_vec()) {
                edit(draft, rule, None, |map| map.rows[at].1 = chosen);
            }
        }
        if Press::icon_only(icon::X, &format!("Remove {from}")).low().ui(ui).clicked() {
            edit(draft, rule, None, |map| {
                map.rows.remove(at);
            });
        }
    });
}

fn buttons_ui(ui: &mut Ui, draft: &mut Draft, rule: &Rule, map: &ValueMap, out: &mut Outbox) {
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        if Press::new("Add a value").icon(icon::PLUS).low().ui(ui).clicked() {
            edit(draft, rule, None, |map| map.rows.push((String::new(), String::new())));
        }
        if !map.rows.is_empty()
            && Press::new("Copy").name("Copy the table").icon(icon::COPY).low().quiet().ui(ui).clicked()
        {
            let line = |(from, to): &(String, String)| format!("{from}\t{to}\n");
            out.push(Command::Copy(map.rows.iter().map(line).collect()));
        }
        if Press::new("Remove").name("Remove the value map").icon(icon::X).low().quiet().ui(ui).clicked() {
            change(draft, rule, "Value map", None, |rule| rule.map = None);
        }
    });
}

/// Values that the column holds and the map does not list.
fn unknown(state: &State, draft: &Draft, rule: &Rule, map: &ValueMap) -> Vec<(String, u64)> {
    let Expression::Column(column) = &rule.from else { return Vec::new() };
    let Some(profile) = draft.designer.profile(state) else { return Vec::new() };
    let Some(profile) = profile.columns.iter().find(|it| it.name.eq_ignore_ascii_case(column)) else {
        return Vec::new();
    };
    let key = |text: &str| if map.match_case { text.trim().to_owned() } else { text.trim().to_lowercase() };
    let known: std::collections::BTreeSet<String> = map.rows.iter().map(|(from, _)| key(from)).collect();
    profile.values.iter().filter(|(value, _)| !known.contains(&key(value))).cloned().collect()
}

fn unknown_ui(ui: &mut Ui, state: &State, draft: &mut Draft, rule: &Rule, map: &ValueMap) {
    let unknown = unknown(state, draft, rule, map);
    if unknown.is_empty() {
        return;
    }
    let tokens = tokens(ui);
    let target = draft.designer.object(state).and_then(|object| object.field(&rule.target)).cloned();
    // A value that the field takes as it is becomes itself.
    let becomes = |value: &str| {
        let values = target.iter().flat_map(|field| &field.values);
        let mut same = values.filter(|known| known.value.eq_ignore_ascii_case(value) || known.label == value);
        same.next().map_or_else(String::new, |known| known.value.clone())
    };
    parts::well(ui).show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.spacing_mut().item_spacing.y = 4.0;
        let count = format::count(unknown.len() as u64, "value is", "values are");
        ui.horizontal(|ui| {
            ui.label(theme::small(format!("{count} in the column and not listed")).color(tokens.text));
            if Press::new("Add all").low().ui(ui).clicked() {
                let rows: Vec<_> = unknown.iter().map(|(value, _)| (value.clone(), becomes(value))).collect();
                edit(draft, rule, None, |map| map.rows.extend(rows));
            }
        });
        ui.horizontal_wrapped(|ui| {
            ui.spacing_mut().item_spacing = egui::vec2(4.0, 4.0);
            for (value, count) in unknown.iter().take(OFFERED) {
                let text = format!("{} · {count}", format::middle(&format::one_line(value), 24));
                let name = format!("List {value}");
                if Press::new(&text).name(&name).icon(icon::PLUS).low().ui(ui).clicked() {
                    let row = (value.clone(), becomes(value));
                    edit(draft, rule, None, |map| map.rows.push(row));
                }
            }
            if unknown.len() > OFFERED {
                ui.label(theme::small(format!("and {} more", unknown.len() - OFFERED)).color(tokens.quiet));
            }
        });
    });
}

/// Two columns pasted while the inspector has the focus are rows.
fn paste(ui: &Ui, draft: &mut Draft, rule: &Rule) {
    if draft.designer.tables.open.is_some() {
        return;
    }
    let Some(text) = tables::pasted(ui) else { return };
    let pair = |line: &str| {
        let (from, rest) = line.split_once('\t')?;
        Some((from.trim().to_owned(), rest.split('\t').next().unwrap_or_default().trim().to_owned()))
    };
    let rows = text.lines().filter_map(pair).collect();
    let mut doubled = Vec::new();
    edit(draft, rule, None, |map| doubled = model::merge(map, rows).doubled);
    if let Some(first) = doubled.first() {
        draft.designer.tables.word = Some(model::Word {
            place: Rows::Map { step: draft.designer.step, target: rule.target.clone() },
            meaning: Meaning::Attention,
            text: format!("What was pasted has several meanings for \"{first}\""),
            hint: Some("All are listed; keep one of each.".to_owned()),
        });
    }
}

/// The table of the integration whose rows count instead.
fn table_ui(ui: &mut Ui, draft: &mut Draft, rule: &Rule, name: &str) {
    let tables = &draft.designer.integration().tables;
    let at = tables.iter().position(|table| table.name.eq_ignore_ascii_case(name));
    let rows = at.map(|at| tables[at].rows.len() as u64);
    let names: Vec<String> = tables.iter().map(|table| table.name.clone()).collect();
    let wrong = at.map_or(Vec::new(), |at| model::problems(tables, at));
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        let items = || names.iter().map(|name| PickItem::new(name, name).icon(icon::TABLE_2)).collect();
        let picker = Picker::new(Id::unique(("map table", &rule.target)), "Table of the value map", name).width(170.0);
        if let Some(chosen) = picker.warn(at.is_none()).ui(ui, items) {
            edit(draft, rule, None, |map| map.table = Some(chosen));
        }
        if let Some(at) = at
            && Press::new("Edit").name("Edit the table").icon(icon::PENCIL).low().ui(ui).clicked()
        {
            draft.designer.tables.open = Some(at);
        }
    });
    match rows {
        Some(rows) => hint_ui(ui, &format!("{} of the first two columns", format::count(rows, "row", "rows"))),
        None => parts::note_ui(ui, Meaning::Bad, &format!("There is no table {name}")),
    }
    for problem in wrong {
        parts::note_ui(ui, Meaning::Bad, &problem);
    }
    if Press::new("Use rows of its own").icon(icon::X).low().quiet().ui(ui).clicked() {
        let table = at.and_then(|at| draft.designer.integration().tables.get(at)).cloned();
        edit(draft, rule, None, |map| {
            map.table = None;
            let cell = |row: &Vec<String>, at: usize| row.get(at).cloned().unwrap_or_default();
            map.rows = table.iter().flat_map(|table| &table.rows).map(|row| (cell(row, 0), cell(row, 1))).collect();
        });
    }
}

/// Files and tables, for rows of its own.
fn elsewhere_ui(ui: &mut Ui, draft: &mut Draft, rule: &Rule, map: &ValueMap) {
    let place = Rows::Map { step: draft.designer.step, target: rule.target.clone() };
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = egui::vec2(4.0, 4.0);
        if Press::new("Import CSV…").icon(icon::UPLOAD).low().quiet().ui(ui).clicked() {
            draft.ask_for_file(Purpose::ReadTable(place.clone()), "");
        }
        if !map.rows.is_empty() && Press::new("Export CSV…").icon(icon::DOWNLOAD).low().quiet().ui(ui).clicked() {
            draft.ask_for_file(Purpose::WriteTable(place.clone()), &format!("{}.csv", rule.target));
        }
        let names: Vec<String> = draft.designer.integration().tables.iter().map(|table| table.name.clone()).collect();
        let button = Press::new("Use a table").icon(icon::TABLE_2).low().quiet().ui(ui);
        egui::Popup::menu(&button).show(|ui| {
            ui.set_min_width(200.0);
            for name in &names {
                let said = format!("Use the table {name}");
                if Press::new(name).name(&said).icon(icon::TABLE_2).line().ui(ui).clicked() {
                    edit(draft, rule, None, |map| {
                        map.table = Some(name.clone());
                        map.rows.clear();
                    });
                    ui.close();
                }
            }
            let words = if map.rows.is_empty() { "New table…" } else { "New table of these rows…" };
            if Press::new(words).icon(icon::PLUS).line().ui(ui).clicked() {
                draft.designer.tables.open = Some(draft.designer.table_from_map(rule));
                ui.close();
            }
        });
    });
    tables::word_ui(ui, draft, &place);
}

const OTHERWISE: [(&str, &str); 4] = [
    ("reject", "Keeps the row from being sent"),
    ("keep", "Passes as it is"),
    ("blank", "Counts as blank"),
    ("default", "Becomes another value"),
];

fn otherwise_ui(ui: &mut Ui, draft: &mut Draft, row: &TargetRow, rule: &Rule, map: &ValueMap) {
    part_ui(ui, "A value that is not listed");
    let at = match map.otherwise {
        Otherwise::Reject => 0,
        Otherwise::Keep => 1,
        Otherwise::Blank => 2,
        Otherwise::Default(_) => 3,
    };
    let name = format!("What becomes of other values of {}", row.path);
    let items = || OTHERWISE.iter().map(|(key, words)| PickItem::new(*key, *words)).collect();
    let picker = Picker::new(Id::unique(("otherwise", &row.path)), &name, OTHERWISE[at].1);
    if let Some(chosen) = picker.width(ui.available_width().min(300.0)).ui(ui, items) {
        edit(draft, rule, None, |map| {
            map.otherwise = match chosen.as_str() {
                "keep" => Otherwise::Keep,
                "blank" => Otherwise::Blank,
                "default" => Otherwise::Default(String::new()),
                _ => Otherwise::Reject,
            };
        });
    }
    if let Otherwise::Default(value) = &map.otherwise {
        let mut value = value.clone();
        let field = TextEdit::singleline(&mut value).hint_text("Type the value").desired_width(f32::INFINITY);
        let name = format!("Value of {} for all others", row.path);
        let response = ui.add(field.margin(Margin::symmetric(8, 5))).accessible_name(name);
        if response.changed() {
            edit(draft, rule, Some("otherwise"), |map| map.otherwise = Otherwise::Default(value));
        }
        if response.lost_focus() {
            draft.designer.end_stretch();
        }
    }
}
