//! The question after a drop on a field that has a rule: replace it, or combine both?

use crate::gui::draft::Draft;
use crate::gui::draft::designer::{Taken, edit};
use crate::gui::parts::{self, Press};
use crate::gui::theme::{self, icon, tokens};
use crate::mapping::Expression;
use egui::{Area, Id, Key, Order, Ui};

pub(super) fn ui(ui: &Ui, draft: &mut Draft) {
    let Some(taken) = draft.designer.hand.taken.clone() else { return };
    let Some(rule) = draft.designer.at().and_then(|step| step.mapping.rule(&taken.target)) else {
        draft.designer.hand.taken = None;
        return;
    };
    let now = match &rule.from {
        Expression::Column(name) => format!("from {name}"),
        Expression::Constant(text) => format!("always \"{text}\""),
        Expression::Formula(_) => "from a formula".to_owned(),
    };
    let mut answer = None;
    let area = Area::new(Id::unique("taken")).order(Order::Foreground).constrain(true).fixed_pos(taken.at);
    let shown = area.show(ui.ctx(), |ui| {
        parts::dialog(ui).show(ui, |ui| {
            ui.set_width(300.0);
            ui.spacing_mut().item_spacing.y = 6.0;
            ui.label(theme::medium(format!("{} has a value already", taken.target)).color(tokens(ui).strong));
            ui.label(theme::small(now).color(tokens(ui).quiet));
            ui.add_space(2.0);
            ui.horizontal(|ui| {
                let replace = Press::new("Replace").primary().ui(ui);
                let combine = Press::new("Combine").icon(icon::PLUS).ui(ui);
                let combine = combine.on_hover_text("Both, joined by a formula that you can change");
                let cancel = Press::new("Cancel").quiet().ui(ui);
                let ours = [&replace, &combine, &cancel].iter().any(|button| button.has_focus());
                if !ours {
                    replace.request_focus();
                }
                if replace.clicked() {
                    answer = Some(Answer::Replace);
                } else if combine.clicked() {
                    answer = Some(Answer::Combine);
                } else if cancel.clicked() {
                    answer = Some(Answer::Cancel);
                }
            });
        });
    });
    let elsewhere = ui.input(|input| input.pointer.any_pressed())
        && ui.input(|input| input.pointer.interact_pos()).is_some_and(|at| !shown.response.rect.contains(at));
    if ui.input(|input| input.key_pressed(Key::Escape)) || elsewhere {
        answer = Some(Answer::Cancel);
    }
    if let Some(answer) = answer {
        draft.designer.hand.taken = None;
        draft.designer.hand.focus = Some(crate::gui::draft::designer::Pane::Target);
        decide(draft, &taken, &answer);
    }
}

enum Answer {
    Replace,
    Combine,
    Cancel,
}

fn decide(draft: &mut Draft, taken: &Taken, answer: &Answer) {
    let Taken { column, target, instead_of, .. } = taken;
    match (answer, instead_of) {
        (Answer::Cancel, _) => {}
        (Answer::Replace, None) => {
            draft
                .designer
                .change_step(format!("Map {target} from {column}"), |step| edit::connect(step, column, target));
        }
        (Answer::Replace, Some(old)) => {
            draft.designer.change_step(format!("Lead {old} to {target}"), |step| edit::retarget(step, old, target));
        }
        (Answer::Combine, old) => {
            draft.designer.change_step(format!("Combine {column} into {target}"), |step| {
                edit::combine(step, column, target);
                edit::disconnect(step, old.as_deref());
            });
            draft.designer.inspector = true;
        }
    }
}
