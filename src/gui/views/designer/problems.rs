//! The list of what keeps the integration from running: each with its place, what to do, and a repair where one click can do it.

use crate::gui::command::Outbox;
use crate::gui::draft::Draft;
use crate::gui::parts::{self, Press};
use crate::gui::state::State;
use crate::gui::theme::{self, icon, tokens};
use crate::integration::{Drift, Problem};
use crate::mapping::Repair;
use egui::{Align, Frame, Label, Layout, Margin, Panel, RichText, ScrollArea, Ui};

pub(super) fn ui(ui: &mut Ui, state: &State, draft: &mut Draft, out: &mut Outbox) {
    let found = draft.designer.found(state).to_vec();
    let error = draft.designer.check(state).and_then(|answer| answer.as_ref().err()).cloned();
    if !draft.designer.problems {
        return;
    }
    let (drift, warnings) = draft.designer.doubts(state);
    let (drift, warnings) = (drift.to_vec(), warnings.to_vec());
    let ground = Frame::new().fill(tokens(ui).surface).inner_margin(Margin::symmetric(16, 8));
    Panel::bottom("designer problems").default_size(150.0).resizable(true).frame(ground).show(ui, |ui| {
        let edge = ui.max_rect().expand2(egui::vec2(16.0, 8.0));
        ui.painter().hline(edge.x_range(), edge.top(), (1.0, tokens(ui).hairline));
        ui.horizontal(|ui| {
            let heading = ui.label(theme::medium("Problems").color(tokens(ui).strong));
            heading.widget_info(|| egui::WidgetInfo::labeled(egui::Role::Heading, true, "Problems"));
            ui.label(theme::small("F8 goes to the next").color(tokens(ui).quiet));
            ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
                if Press::icon_only(icon::X, "Close the problems").low().ui(ui).clicked() {
                    draft.designer.problems = false;
                }
            });
        });
        ScrollArea::vertical().auto_shrink([false, false]).show(ui, |ui| {
            ui.spacing_mut().item_spacing.y = 6.0;
            if let Some(error) = &error {
                parts::error_ui(ui, error, out, |_| {});
            } else if found.is_empty() && drift.is_empty() && warnings.is_empty() {
                ui.label(RichText::new("Nothing stands in the way of a run").color(tokens(ui).quiet));
            }
            for (at, problem) in found.iter().enumerate() {
                ui.push_id(at, |ui| problem_ui(ui, state, draft, problem, false));
            }
            for (at, warning) in warnings.iter().enumerate() {
                ui.push_id(("warning", at), |ui| problem_ui(ui, state, draft, warning, true));
            }
            drift_ui(ui, draft, out, &drift);
        });
    });
}

fn problem_ui(ui: &mut Ui, state: &State, draft: &mut Draft, problem: &Problem, doubt: bool) {
    let tokens = tokens(ui);
    let step = draft.designer.integration().steps.get(problem.step).cloned();
    ui.horizontal(|ui| {
        ui.set_min_height(26.0);
        ui.spacing_mut().item_spacing.x = 8.0;
        let (mark, tint) =
            if doubt { (icon::TRIANGLE_ALERT, tokens.attention) } else { (icon::CIRCLE_ALERT, tokens.bad) };
        ui.label(RichText::new(mark).color(tint.strong));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            buttons_ui(ui, draft, problem);
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                let several = draft.designer.integration().steps.len() > 1;
                let object = step.as_ref().map(|step| {
                    state.object(&step.org, &step.object).map_or(step.object.clone(), |card| card.label.clone())
                });
                if let Some(object) = object.filter(|_| several) {
                    ui.label(theme::small(format!("{} {object}", problem.step + 1)).color(tokens.quiet));
                }
                ui.add(Label::new(theme::medium(sentence(&problem.message)).color(tokens.strong)).truncate());
                if let Some(hint) = problem.hint.as_ref().filter(|_| ui.available_width() > 60.0) {
                    ui.add(Label::new(theme::small(hint).color(tokens.quiet)).truncate());
                }
            });
        });
    });
}

/// What has changed at both ends since somebody looked, with repairs.
fn drift_ui(ui: &mut Ui, draft: &mut Draft, out: &mut Outbox, drift: &[Drift]) {
    if drift.is_empty() {
        return;
    }
    ui.horizontal(|ui| {
        ui.label(theme::medium("Changed since you last looked").color(tokens(ui).strong));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            let press = Press::new("Take both ends as they are").icon(icon::CHECK).low();
            if press.ui(ui).on_hover_text("These changes are no longer told").clicked() {
                draft.designer.accept_drift(out);
            }
        });
    });
    for (at, change) in drift.iter().enumerate() {
        ui.push_id(("drift", at), |ui| change_ui(ui, draft, change));
    }
}

fn change_ui(ui: &mut Ui, draft: &mut Draft, change: &Drift) {
    ui.horizontal(|ui| {
        ui.set_min_height(26.0);
        ui.label(RichText::new(icon::TRIANGLE_ALERT).color(tokens(ui).attention.strong));
        ui.with_layout(Layout::right_to_left(Align::Center), |ui| {
            if let Some(target) = change.targets.first() {
                let name = format!("Go to {target}");
                if Press::new("Go there").name(&name).low().ui(ui).clicked() {
                    draft.designer.go_to_field(change.step, target);
                }
            }
            for repair in &change.repairs {
                if Press::new(&repair.label()).icon(icon::SPARKLES).low().ui(ui).clicked() {
                    mend(draft, change.step, repair);
                }
            }
            ui.with_layout(Layout::left_to_right(Align::Center), |ui| {
                let words = sentence(&change.message);
                ui.add(Label::new(RichText::new(words).color(tokens(ui).text)).truncate());
            });
        });
    });
}

fn buttons_ui(ui: &mut Ui, draft: &mut Draft, problem: &Problem) {
    if let Some(target) = &problem.target {
        let name = format!("Go to {target}");
        if Press::new("Go there").name(&name).low().ui(ui).clicked() {
            draft.designer.go_to_field(problem.step, target);
        }
    }
    match &problem.repair {
        Some(repair) => {
            let label = repair.label();
            let shown = crate::gui::format::middle(&label, 40);
            if Press::new(&shown).name(&label).icon(icon::SPARKLES).low().ui(ui).clicked() {
                mend(draft, problem.step, repair);
            }
        }
        None => {
            let rule = problem.target.as_ref().and_then(|target| {
                draft
                    .designer
                    .integration()
                    .steps
                    .get(problem.step)?
                    .mapping
                    .rule(target)
                    .map(|rule| rule.target.clone())
            });
            if let Some(target) = rule {
                let repair = Repair::Remove { target };
                if Press::new("Remove").name(&repair.label()).low().quiet().ui(ui).clicked() {
                    mend(draft, problem.step, &repair);
                }
            }
        }
    }
}

/// Carries a repair out.
pub(super) fn mend(draft: &mut Draft, step: usize, repair: &Repair) {
    draft.designer.change(repair.label(), |integration| {
        if let Some(step) = integration.steps.get_mut(step) {
            step.repair(repair);
        }
    });
}

/// A message as a sentence of its own.
pub(super) fn sentence(message: &str) -> String {
    let mut chars = message.chars();
    chars.next().map(|first| first.to_uppercase().collect::<String>() + chars.as_str()).unwrap_or_default()
}
