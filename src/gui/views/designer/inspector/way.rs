//! Of a line of a sync: which way its values go and how they come back, who is right where both ends changed it, and what is no
//! difference.

use super::formula::{self, Edited};
use super::from::hint_ui;
use super::part_ui;
use crate::formula::{FieldList, Type};
use crate::gui::draft::Draft;
use crate::gui::draft::designer::{TargetRow, both_ways};
use crate::gui::format;
use crate::gui::parts::{self, PickItem, Picker, Press};
use crate::gui::state::State;
use crate::gui::theme::{Meaning, icon};
use crate::integration::{LineTerms, Problem, Step, Sync};
use crate::mapping::{Expression, Part, Rule};
use crate::record::Kind;
use crate::sync::{Direction, Strategy};
use egui::{DragValue, Id, Ui};

/// Widest list of choices.
const WIDE: f32 = 300.0;

pub(super) fn ui(ui: &mut Ui, state: &State, draft: &mut Draft, row: &TargetRow, problems: &[Problem]) {
    let Some(step) = draft.designer.at().cloned() else { return };
    let Some(sync) = step.sync.as_deref() else { return };
    let ends = sync.ends(&step);
    direction_ui(ui, draft, row, &ends);
    back_ui(ui, state, draft, row, &step, sync, problems);
    let terms = sync.line(&row.path).cloned().unwrap_or_default();
    if row.way.as_ref().is_none_or(|way| way.direction == Direction::Both) {
        settled_ui(ui, state, draft, row, &step, sync, &terms, problems);
    }
    alike_ui(ui, draft, row, &terms);
}

fn direction_ui(ui: &mut Ui, draft: &mut Draft, row: &TargetRow, ends: &[String; 2]) {
    part_ui(ui, "Direction");
    let now = row.way.as_ref().map(|way| way.direction);
    let can = row.way.as_ref().and_then(|way| way.can.clone());
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = egui::vec2(2.0, 2.0);
        for direction in [Direction::Both, Direction::ToRight, Direction::ToLeft] {
            let text = match direction {
                Direction::Both => "↔ Both ways".to_owned(),
                Direction::ToRight => format!("→ {}", format::middle(&ends[1], 20)),
                Direction::ToLeft => format!("← {}", format::middle(&ends[0], 20)),
            };
            let name = format!("Direction: {}", both_ways::words(direction, ends));
            let chosen = now == Some(direction);
            let why_not = can.as_ref().filter(|can| !can.can(direction) && !chosen).and_then(|can| {
                let back = can.not_back.as_deref().filter(|_| direction != Direction::ToRight);
                back.or(can.not_forth.as_deref())
            });
            let press = Press::new(&text).name(&name).low().chosen(chosen).why_not(why_not);
            if press.ui(ui).clicked() && !chosen {
                let what = format!("Let {} go {}", row.path, both_ways::words(direction, ends));
                draft.designer.change_line(what, &row.path, |line| line.direction = Some(direction));
            }
        }
    });
    let [left, right] = ends;
    match can.as_ref().map(|can| (&can.not_back, &can.not_forth)) {
        Some((Some(why), _)) => hint_ui(ui, &format!("It cannot go back to {left} by itself: {why}")),
        Some((None, Some(why))) => hint_ui(ui, &format!("It cannot go to {right}: {why}")),
        _ => {}
    }
}

/// How its values come back where the mapping alone does not say it.
fn back_ui(
    ui: &mut Ui,
    state: &State,
    draft: &mut Draft,
    row: &TargetRow,
    step: &Step,
    sync: &Sync,
    problems: &[Problem],
) {
    let columns: Vec<String> = draft
        .designer
        .file(state)
        .map_or_else(Vec::new, |look| look.columns.fields.iter().map(|column| column.name.clone()).collect());
    let rules = both_ways::back_rules(sync, &row.path);
    let stuck = row.way.as_ref().and_then(|way| way.can.as_ref()).is_some_and(|can| can.not_back.is_some());
    if rules.is_empty() {
        let first = both_ways::first_back(step, &row.path, &columns);
        if let Some(rule) = first.filter(|_| stuck)
            && Press::new("Say how it goes back…").icon(icon::SPARKLES).low().ui(ui).clicked()
        {
            change_back(draft, &row.path, None, |rules| rules.push(rule));
        }
        return;
    }
    part_ui(ui, &format!("Back into {}", sync.ends(step)[0]));
    let fields = || {
        let lines = step.mapping.rules.iter().map(|rule| (rule.target.clone(), kind_of(draft, state, &rule.target)));
        FieldList(lines.collect())
    };
    let fields: Vec<FieldList> = rules.iter().map(|_| fields()).collect();
    for (at, fields) in rules.into_iter().zip(fields) {
        let Some(rule) = sync.back.rules.get(at) else { continue };
        ui.push_id(("back", at), |ui| rule_ui(ui, draft, row, at, rule, &columns, fields, problems));
    }
}

#[expect(clippy::too_many_arguments, reason = "a rule, what it may take, and where it belongs")]
fn rule_ui(
    ui: &mut Ui,
    draft: &mut Draft,
    row: &TargetRow,
    at: usize,
    rule: &Rule,
    columns: &[String],
    fields: FieldList,
    problems: &[Problem],
) {
    ui.horizontal(|ui| {
        ui.spacing_mut().item_spacing.x = 4.0;
        let name = format!("Column that {} goes back into", row.path);
        let picker = Picker::new(Id::unique(("back column", &row.path, at)), &name, &rule.target);
        let items = || columns.iter().map(|column| PickItem::new(column, column)).collect();
        let width = ui.available_width().min(WIDE) - 32.0;
        if let Some(column) = picker.width(width).ui(ui, items) {
            change_back(draft, &row.path, None, |rules| rules[at].target = column);
        }
        if Press::icon_only(icon::X, &format!("No longer back into {}", rule.target)).low().ui(ui).clicked() {
            change_back(draft, &row.path, None, |rules| {
                rules.remove(at);
            });
        }
    });
    let text = match &rule.from {
        Expression::Formula(text) | Expression::Column(text) => text.clone(),
        Expression::Constant(_) => return,
    };
    let path = row.path.clone();
    let edited = Edited {
        id: Id::unique(("back formula", &row.path, at)),
        name: &format!("Value of {} when {} comes back", rule.target, row.path),
        hint: &row.path,
        part: Part::Back,
        fields,
        set: &move |draft, stretch, text| {
            change_back(draft, &path, stretch, |rules| rules[at].from = Expression::Formula(text));
        },
    };
    formula::edit_ui(ui, draft, &edited, &text, problems);
}

/// Changes the rules for the way back.
fn change_back(draft: &mut Draft, target: &str, stretch: Option<&str>, change: impl FnOnce(&mut Vec<Rule>)) {
    let what = format!("Way back of {target}");
    let edit = |step: &mut Step| {
        if let Some(sync) = &mut step.sync {
            change(&mut sync.back.rules);
        }
    };
    match stretch {
        Some(stretch) => draft.designer.type_step(what, &format!("back {stretch} {target}"), edit),
        None => draft.designer.change_step(what, edit),
    }
}

/// Who is right where both ends changed it.
#[expect(clippy::too_many_arguments, reason = "a line, and the sync that it belongs to")]
fn settled_ui(
    ui: &mut Ui,
    state: &State,
    draft: &mut Draft,
    row: &TargetRow,
    step: &Step,
    sync: &Sync,
    terms: &LineTerms,
    problems: &[Problem],
) {
    part_ui(ui, "When both ends changed it");
    let ends = sync.ends(step);
    let usual = format!("As for all fields: {}", lower(&both_ways::who(sync.strategy, &ends)));
    let shown = terms.strategy.map_or(usual.clone(), |strategy| both_ways::who(strategy, &ends));
    let name = format!("Who is right about {}", row.path);
    let items = || {
        let all = both_ways::STRATEGIES.iter().enumerate();
        let all = all.map(|(at, strategy)| PickItem::new(at.to_string(), both_ways::who(*strategy, &ends)));
        std::iter::once(PickItem::new("usual", &usual)).chain(all).collect()
    };
    let picker = Picker::new(Id::unique(("strategy", &row.path)), &name, &shown).list_width(360.0);
    if let Some(chosen) = picker.width(ui.available_width().min(WIDE)).ui(ui, items) {
        let strategy = chosen.parse().ok().and_then(|at: usize| both_ways::STRATEGIES.get(at).copied());
        let first = both_ways::first_formula(&sync.formula_ends(step), &row.path);
        draft.designer.change_line(format!("Who is right about {}", row.path), &row.path, |line| {
            line.strategy = strategy;
            match strategy {
                Some(Strategy::Formula) => line.formula = line.formula.take().or(Some(first)),
                _ => line.formula = None,
            }
        });
    }
    if terms.strategy.unwrap_or(sync.strategy) == Strategy::Formula {
        formula_ui(ui, state, draft, row, step, sync, terms.formula.as_deref().unwrap_or_default(), problems);
    }
}

/// The formula over both ends and what they last agreed on.
#[expect(clippy::too_many_arguments, reason = "a formula, and the sync that it belongs to")]
fn formula_ui(
    ui: &mut Ui,
    state: &State,
    draft: &mut Draft,
    row: &TargetRow,
    step: &Step,
    sync: &Sync,
    text: &str,
    problems: &[Problem],
) {
    let [left, right] = sync.formula_ends(step);
    let targets = step.mapping.rules.iter().map(|rule| rule.target.as_str());
    let kinds: Vec<_> = targets.map(|path| (path.replace('.', "_"), kind_of(draft, state, path))).collect();
    let named = |end: &str| kinds.iter().map(|(path, kind)| (format!("{end}.{path}"), *kind)).collect::<Vec<_>>();
    let fields = [left.as_str(), right.as_str(), "Agreed"].map(named).concat();
    let path = row.path.clone();
    let edited = Edited {
        id: Id::unique(("settles", &row.path)),
        name: &format!("Formula that settles {}", row.path),
        hint: &both_ways::first_formula(&[left.clone(), right.clone()], &row.path),
        part: Part::Settles,
        fields: FieldList(fields),
        set: &move |draft, stretch, text| {
            let what = format!("Formula that settles {path}");
            let edit = |step: &mut Step| {
                if let Some(sync) = &mut step.sync {
                    both_ways::say(sync, &path, |line| line.formula = Some(text));
                }
            };
            match stretch {
                Some(_) => draft.designer.type_step(what, &format!("settles {path}"), edit),
                None => draft.designer.change_step(what, edit),
            }
        },
    };
    formula::edit_ui(ui, draft, &edited, text, problems);
    let field = row.path.replace('.', "_");
    hint_ui(ui, &format!("Over {left}.{field}, {right}.{field}, and Agreed.{field}, what both last agreed on"));
}

/// What the field of that path is to a formula.
fn kind_of(draft: &Draft, state: &State, path: &str) -> Type {
    let field = draft.designer.object(state).and_then(|object| object.field(path));
    formula::type_of(field.map_or(Kind::Text, |field| field.kind))
}

/// What is no difference.
fn alike_ui(ui: &mut Ui, draft: &mut Draft, row: &TargetRow, terms: &LineTerms) {
    part_ui(ui, "What is no difference");
    let kind = row.field.as_ref().map_or(Kind::Text, |field| field.kind);
    let mut ignore = terms.ignore;
    match kind {
        Kind::Integer | Kind::Number => decimals_ui(ui, row, &mut ignore.decimals),
        Kind::Boolean | Kind::Date | Kind::DateTime | Kind::Time | Kind::Id => {
            return hint_ui(ui, "Other spellings of one value are none");
        }
        _ => {
            ui.spacing_mut().item_spacing.y = 4.0;
            ui.checkbox(&mut ignore.case, "Capital and small letters");
            ui.checkbox(&mut ignore.spaces, "Spaces around and between words");
            ui.checkbox(&mut ignore.phone, "How a phone number is written");
        }
    }
    if ignore != terms.ignore {
        let what = format!("What is no difference in {}", row.path);
        draft.designer.change_line(what, &row.path, |line| line.ignore = ignore);
    }
}

fn decimals_ui(ui: &mut Ui, row: &TargetRow, decimals: &mut Option<u32>) {
    ui.horizontal(|ui| {
        let mut on = decimals.is_some();
        if ui.checkbox(&mut on, "Digits behind so many decimals").changed() {
            *decimals = on.then_some(2);
        }
        if let Some(count) = decimals {
            ui.add(DragValue::new(count).range(0..=12)).accessible_name(format!("Decimals of {}", row.path));
        }
    });
    parts::note_ui(ui, Meaning::Plain, "Other spellings of one number are no difference anyway");
}

fn lower(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_lowercase().chain(letters).collect())
}
