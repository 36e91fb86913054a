//! The inspector: everything about one field's rule, or about the step where no field is chosen.

mod both_ways;
mod find;
mod formula;
mod from;
mod lookup;
mod policies;
mod results;
mod step;
mod terms;
mod value_map;
mod way;

use crate::gui::command::Outbox;
use crate::gui::draft::Draft;
use crate::gui::draft::designer::TargetRow;
use crate::gui::parts::{self, Press};
use crate::gui::state::State;
use crate::gui::theme::{self, Meaning, icon, tokens};
use crate::gui::views::import::targets;
use crate::integration::Problem;
use crate::mapping::{Expression, Part, Rule};
use egui::{Align, Frame, Label, Layout, Margin, Panel, ScrollArea, Ui};

/// Narrowest and widest inspector.
const WIDTH: std::ops::RangeInclusive<f32> = 320.0..=440.0;

pub(super) fn ui(ui: &mut Ui, state: &State, draft: &mut Draft, out: &mut Outbox) {
    if !draft.designer.inspector {
        return;
    }
    let lists = draft.designer.lists(state);
    let field = draft.designer.hand.field.as_deref().and_then(|path| lists.target(path));
    let width = (ui.available_width() * 0.3).clamp(*WIDTH.start(), 380.0);
    let ground = Frame::new().fill(tokens(ui).surface).inner_margin(Margin::same(0));
    let panel = Panel::right("inspector").default_size(width).size_range(WIDTH).resizable(true).frame(ground);
    panel.show(ui, |ui| {
        let edge = ui.max_rect();
        ui.painter().vline(edge.left(), edge.y_range(), (1.0, tokens(ui).hairline));
        let margin = Margin { left: 16, right: 12, top: 12, bottom: 12 };
        ScrollArea::vertical().id_salt("inspector").auto_shrink([false, false]).show(ui, |ui| {
            Frame::new().inner_margin(margin).show(ui, |ui| {
                ui.spacing_mut().item_spacing.y = 8.0;
                match field {
                    Some(at) => field_ui(ui, state, draft, out, &lists.targets[at]),
                    None => step::ui(ui, state, draft),
                }
            });
        });
    });
}

fn field_ui(ui: &mut Ui, state: &State, draft: &mut Draft, out: &mut Outbox, row: &TargetRow) {
    head_ui(ui, draft, row);
    if let Some(closed) = row.closed {
        parts::note_ui(ui, Meaning::Attention, &format!("It cannot be written: {closed}"));
    }
    let problems: Vec<Problem> = draft
        .designer
        .found(state)
        .iter()
        .filter(|problem| problem.step == draft.designer.step)
        .filter(|problem| problem.target.as_deref().is_some_and(|target| target.eq_ignore_ascii_case(&row.path)))
        .cloned()
        .collect();
    problems_ui(ui, draft, &problems);
    let rule = draft.designer.at().and_then(|step| step.mapping.rule(&row.path)).cloned();
    // What is pressed or typed into stays the same thing when a problem comes to be known above it.
    let body = egui::UiBuilder::new().scope_id(egui::Id::unique(("rule", &row.path)));
    ui.scope_builder(body, |ui| {
        ui.spacing_mut().item_spacing.y = 8.0;
        from::ui(ui, state, draft, row, rule.as_ref(), &problems);
        let Some(rule) = rule else { return };
        way::ui(ui, state, draft, row, &problems);
        results::ui(ui, state, draft, &rule, out);
        value_map::ui(ui, state, draft, row, &rule, out);
        lookup::ui(ui, state, draft, row, &rule);
        policies::ui(ui, draft, row, &rule);
        why_ui(ui, draft, row);
    });
}

fn head_ui(ui: &mut Ui, draft: &mut Draft, row: &TargetRow) {
    let tokens = tokens(ui);
    ui.horizontal(|ui| {
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if Press::icon_only(icon::X, "Close the inspector").low().ui(ui).clicked() {
                draft.designer.inspector = false;
            }
            let mapped = row.rule.is_some();
            if mapped && Press::icon_only(icon::TRASH_2, "Remove the rule").low().ui(ui).clicked() {
                let path = row.path.clone();
                draft.designer.change_step(format!("Disconnect {path}"), |step| step.mapping.remove(&path));
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                let heading = ui.add(Label::new(theme::title(&row.label).color(tokens.strong)).truncate());
                heading.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Heading, true, &row.label));
            });
        });
    });
    ui.spacing_mut().item_spacing.y = 4.0;
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing.x = 8.0;
        if row.path != row.label {
            ui.label(theme::mono(&row.path).color(tokens.quiet));
        }
        if let Some(field) = &row.field {
            ui.label(theme::small(targets::kind_label(field)).color(tokens.quiet));
        }
        if row.required {
            parts::pill_ui(ui, Meaning::Attention, icon::ASTERISK, "required");
        }
        if row.key {
            parts::pill_ui(ui, Meaning::Accent, icon::KEY_ROUND, "finds the record");
        }
    });
    ui.spacing_mut().item_spacing.y = 8.0;
}

/// What is wrong, except for what the formula's editor shows in its place.
fn problems_ui(ui: &mut Ui, draft: &mut Draft, problems: &[Problem]) {
    let in_place = |part: Part| matches!(part, Part::From | Part::Settles | Part::Back);
    for problem in problems.iter().filter(|problem| !in_place(problem.part) || problem.span.is_none()) {
        let message = super::problems::sentence(&problem.message);
        let repair = problem.repair.clone();
        parts::banner_ui(ui, Meaning::Bad, &message, problem.hint.as_deref(), |ui| {
            if let Some(repair) = repair {
                let label = repair.label();
                if Press::new(&label).icon(icon::SPARKLES).low().ui(ui).clicked() {
                    super::problems::mend(draft, problem.step, &repair);
                }
            }
        });
    }
}

/// Why the rule was suggested.
fn why_ui(ui: &mut Ui, draft: &Draft, row: &TargetRow) {
    let Some(candidate) = draft.designer.origin(&row.path) else { return };
    ui.add_space(4.0);
    let words: Vec<&str> = candidate.evidence.iter().map(|evidence| evidence.text.as_str()).collect();
    let text = format!("Suggested with {} %: {}", candidate.confidence, words.join("; "));
    parts::note_ui(ui, Meaning::Accent, &text);
}

/// The name of a part, small and quiet.
fn part_ui(ui: &mut Ui, name: &str) {
    ui.add_space(4.0);
    ui.label(theme::medium(name).size(theme::SMALL).color(tokens(ui).quiet));
}

/// Changes the rule that is inspected, in one stretch of typing where `stretch` says so.
fn change(draft: &mut Draft, rule: &Rule, what: &str, stretch: Option<&str>, change: impl FnOnce(&mut Rule)) {
    let target = rule.target.clone();
    let edit = |step: &mut crate::integration::Step| {
        if let Some(rule) = step.mapping.rule_mut(&target) {
            change(rule);
        }
    };
    let what = format!("{what} of {}", rule.target);
    match stretch {
        Some(stretch) => draft.designer.type_step(what, &format!("{stretch} {}", rule.target), edit),
        None => draft.designer.change_step(what, edit),
    }
}

/// Sets where the value of a field comes from, with a rule if there is none.
fn set_from(draft: &mut Draft, target: &str, what: &str, stretch: Option<&str>, from: Expression) {
    let what = format!("{what} of {target}");
    match stretch {
        Some(stretch) => draft.designer.type_step(what, &format!("{stretch} {target}"), |step| {
            step.mapping.set(target, from);
        }),
        None => draft.designer.change_step(what, |step| step.mapping.set(target, from)),
    }
}
