//! Why a run stopped before its end, and the button that lets it go on: as it is, once a person agrees, or with a higher limit.

use crate::gui::command::{Command, Outbox};
use crate::gui::draft::Draft;
use crate::gui::format;
use crate::gui::parts::{self, Press};
use crate::gui::state::State;
use crate::gui::syncing::SyncOf;
use crate::gui::theme::{self, Meaning, icon, tokens};
use crate::store::RunState;
use crate::workspace::{Needs, RowFilter, RunCard};
use egui::{DragValue, Id, Key, Modal, Ui};

/// Whether there is something to go on with.
pub(super) fn goes_on(card: &RunCard) -> bool {
    card.waiting > 0 || matches!(card.run.state, RunState::Incomplete) || card.run.remaining
}

/// The button that goes on.
pub(super) fn button_ui(ui: &mut Ui, state: &State, draft: &mut Draft, out: &mut Outbox, card: &RunCard) {
    let why_not = state.starting();
    match &card.needs {
        Some(needs @ Needs::Agreement { records, object, delete }) => {
            let verb = if *delete { "Delete" } else { "Change" };
            let label = format!("{verb} {} {object} and continue", format::number(*records));
            let press = Press::new(&label).why_not(why_not);
            let press = if *delete { press.danger().icon(icon::TRASH_2) } else { press.primary().icon(icon::PLAY) };
            if press.ui(ui).clicked() {
                go_on(draft, out, card, needs.clone());
            }
        }
        Some(Needs::Calls(_)) => {
            let press = Press::new("Raise the limit…").icon(icon::PLAY).primary().why_not(why_not);
            if press.ui(ui).clicked() {
                draft.run.limit = Some(enough(card));
            }
        }
        // Nothing was decided yet: what stands in its way is said by a look.
        None if card.sync && card.rows == 0 && goes_on(card) => {
            let mut stored = state.integrations.iter().flatten();
            let of = stored.find(|known| Some(known.id) == card.run.integration).and_then(SyncOf::card);
            let press = Press::new("Look at what it would do…").icon(icon::EYE).primary().why_not(why_not);
            if let Some(of) = of
                && press.ui(ui).clicked()
            {
                draft.sync.look(of, false, out);
            }
        }
        None if goes_on(card) => {
            let rest = if card.waiting > 0 {
                format!("Continue with {}", format::count(card.waiting, "row", "rows"))
            } else {
                "Continue with the rest".to_owned()
            };
            if Press::new(&rest).icon(icon::PLAY).primary().why_not(why_not).ui(ui).clicked() {
                draft.run.stops = 0;
                out.push(Command::Continue(card.run.id));
            }
        }
        None => {}
    }
}

fn go_on(draft: &mut Draft, out: &mut Outbox, card: &RunCard, said: Needs) {
    draft.run.stops = 0;
    out.push(Command::ContinueWith(card.run.id, said));
}

/// A limit that should do, judged by what the rows so far took, with room for what a run keeps back.
fn enough(card: &RunCard) -> u64 {
    let rest = card.run.calls * card.waiting / card.tally.total().max(1);
    (card.run.calls + rest + rest / 4 + 30).div_ceil(50) * 50
}

/// Asks for the new limit.
pub(super) fn limit_ui(ui: &Ui, draft: &mut Draft, out: &mut Outbox, card: &RunCard) {
    let Some(mut limit) = draft.run.limit.take() else { return };
    let mut go = false;
    let question = Modal::new(Id::unique("limit of calls")).backdrop_color(tokens(ui).veil).frame(parts::dialog(ui));
    let modal = question.show(ui.ctx(), |ui| {
        ui.set_width(440.0);
        ui.spacing_mut().item_spacing.y = 8.0;
        parts::section_ui(ui, "Raise the limit of API calls", |_| {});
        let waiting = format::count(card.waiting, "row waits", "rows wait");
        let calls = format::count(card.run.calls, "API call", "API calls");
        ui.label(theme::small(format!("The run has made {calls} so far, and {waiting}.")).color(tokens(ui).quiet));
        ui.horizontal(|ui| {
            let label = ui.label("Most API calls of the run, from its beginning");
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                let least = card.run.calls + 1;
                let field = DragValue::new(&mut limit).range(least..=1_000_000).speed(5.0);
                let field = field.custom_formatter(|value, _| format::number(value.round().max(0.0) as u64));
                let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>().parse().ok();
                ui.add(field.custom_parser(digits)).labelled_by(label.id);
            });
        });
        ui.add_space(4.0);
        ui.horizontal(|ui| {
            go = Press::new("Continue").name("Continue with this limit").icon(icon::PLAY).primary().ui(ui).clicked();
            if Press::new("Cancel").ui(ui).clicked() {
                ui.close();
            }
        });
        go |= ui.memory(|memory| memory.focused().is_none()) && ui.input(|input| input.key_pressed(Key::Enter));
    });
    if go {
        go_on(draft, out, card, Needs::Calls(limit));
    } else if !modal.should_close() {
        draft.run.limit = Some(limit);
    }
}

/// Why the run stopped, and what waits.
pub(super) fn cause_ui(ui: &mut Ui, draft: &mut Draft, out: &mut Outbox, card: &RunCard) {
    let Some(cause) = &card.run.cause else { return };
    let waiting = format::count(card.waiting, "row waits", "rows wait");
    let at_any_time = format!("{waiting}, and can be continued at any time.");
    if card.run.state == RunState::Incomplete && cause.chars().count() < 40 {
        return parts::note_ui(ui, Meaning::Attention, &format!("{cause}. {at_any_time}"));
    }
    let meaning = if card.run.state == RunState::Aborted { Meaning::Bad } else { Meaning::Attention };
    // What it means comes first, and then what the other side said.
    let stopped = format!("The run stopped. {at_any_time}");
    let (text, hint) = match (&card.needs, cause.split_once(". ")) {
        (Some(_), Some((what, hint))) => (format!("{what}."), Some(hint)),
        _ if card.run.state == RunState::Incomplete && card.waiting > 0 => (stopped, Some(cause.as_str())),
        _ => (cause.clone(), None),
    };
    parts::banner_ui(ui, meaning, &sentence(&text), hint, |ui| {
        if let Some(Needs::Agreement { records, .. }) = &card.needs {
            let show = format!("Show {}", format::count(*records, "record", "records"));
            if Press::new(&show).icon(icon::LIST).low().ui(ui).clicked() {
                super::equation::list(draft, RowFilter { waiting: true, ..RowFilter::default() });
            }
        }
        if Press::new("Copy").icon(icon::COPY).low().name("Copy the message").ui(ui).clicked() {
            out.push(Command::Copy(cause.clone()));
        }
    });
}

fn sentence(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
