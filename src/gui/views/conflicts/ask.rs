//! Two small questions about a conflict: who is to decide, and what there is to say.

use crate::gui::command::{Command, Outbox};
use crate::gui::conflicts::{Asking, ConflictsAsk, ConflictsDeed};
use crate::gui::draft::Draft;
use crate::gui::parts::{self, Press};
use crate::gui::state::{Fact, State};
use crate::gui::theme::{self, icon, tokens};
use egui::{Id, Key, Label, Modal, Ui};

/// People that are offered.
const MOST_PEOPLE: usize = 6;

pub(super) fn ui(ui: &Ui, state: &State, draft: &mut Draft, out: &mut Outbox) {
    let Some(mut asking) = draft.conflicts.asking.take() else { return };
    let mut done = false;
    let modal = Modal::new(Id::unique("conflict question")).backdrop_color(tokens(ui).veil).frame(parts::dialog(ui));
    let shown = modal.show(ui.ctx(), |ui| {
        ui.set_width(420.0);
        let (title, help, label, verb, mark) = match &asking {
            Asking::Assignee(..) => {
                let help = "Whoever decides this one. Leave it blank for nobody in particular.";
                ("Assign this conflict", help, "Name", "Assign", icon::USER_ROUND)
            }
            Asking::Comment(..) => {
                let help = "It stays with the conflict, with your name and the time.";
                ("Say something about this conflict", help, "Comment", "Add the comment", icon::MESSAGE_SQUARE)
            }
        };
        parts::section_ui(ui, title, |_| {});
        ui.add(Label::new(theme::small(help).color(tokens(ui).quiet)).wrap());
        let may_be_blank = matches!(asking, Asking::Assignee(..));
        let (Asking::Assignee(_, text) | Asking::Comment(_, text)) = &mut asking;
        let field = parts::text_ui(ui, label, "", text);
        let entered = field.lost_focus() && ui.input(|input| input.key_pressed(Key::Enter));
        if ui.memory(|memory| memory.focused().is_none()) && !entered {
            field.request_focus();
        }
        if may_be_blank {
            people_ui(ui, state, text);
        }
        ui.add_space(4.0);
        ui.horizontal(|ui| {
            let why_not = (!may_be_blank && text.trim().is_empty()).then_some("Say something first");
            let press = Press::new(verb).icon(mark).primary().why_not(why_not);
            done = press.ui(ui).clicked() || (entered && why_not.is_none());
            if Press::new("Cancel").ui(ui).clicked() {
                ui.close();
            }
        });
    });
    if done {
        let deed = match asking {
            Asking::Assignee(id, to) => {
                ConflictsDeed::Assign(id, Some(to.trim().to_owned()).filter(|to| !to.is_empty()))
            }
            Asking::Comment(id, text) => ConflictsDeed::Comment(id, text),
        };
        out.push(Command::Conflicts(ConflictsAsk::Do(deed)));
        draft.conflicts.focus = true;
    } else if shown.should_close() {
        draft.conflicts.focus = true;
    } else {
        draft.conflicts.asking = Some(asking);
    }
}

/// People who have conflicts already.
fn people_ui(ui: &mut Ui, state: &State, text: &mut String) {
    let groups = state.conflicts.groups.as_ref().and_then(|(_, fact)| Fact::here(fact));
    let mut people: Vec<&String> = groups.into_iter().flatten().filter_map(|group| group.assignee.as_ref()).collect();
    people.sort();
    people.dedup();
    ui.horizontal_wrapped(|ui| {
        ui.spacing_mut().item_spacing = egui::vec2(4.0, 4.0);
        for person in people.into_iter().take(MOST_PEOPLE) {
            if Press::new(person).icon(icon::USER_ROUND).low().ui(ui).clicked() {
                text.clone_from(person);
            }
        }
    });
}
