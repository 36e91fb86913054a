//! Why a run stopped before its end, and the button that lets it go on: as it is, once a person agrees, or with a higher limit.

use crate::engine::Wanted;
use crate::gui::command::{Command, Outbox};
use crate::gui::draft::Draft;
use crate::gui::format;
use crate::gui::parts::{self, Press};
use crate::gui::running::RunAsk;
use crate::gui::state::State;
use crate::gui::theme::{self, Meaning, icon, tokens};
use crate::integration::{AbsentThen, Options};
use crate::store::RunState;
use crate::workspace::{RowFilter, RunCard};
use egui::{DragValue, Id, Key, Modal, Ui};

/// Whether there is something to go on with.
pub(super) fn goes_on(card: &RunCard) -> bool {
    card.waiting > 0 || matches!(card.run.state, RunState::Incomplete) || card.run.remaining
}

/// What the run waits for, beyond a word to go on.
fn wanted(card: &RunCard) -> Option<Wanted> {
    let cause = card.run.cause.as_deref().filter(|_| card.run.state == RunState::Incomplete)?;
    Wanted::of(cause)
}

/// The button that goes on.
pub(super) fn button_ui(ui: &mut Ui, state: &State, draft: &mut Draft, out: &mut Outbox, card: &RunCard) {
    if !goes_on(card) {
        return;
    }
    let run = card.run.id;
    let options = state.running.options_of(run);
    let unknown = options.is_none().then_some("The run's options are being read");
    match wanted(card) {
        Some(Wanted::Agreement(records)) => {
            let deletes =
                options.is_some_and(|options| options.iter().any(|one| one.absent.then == AbsentThen::Delete));
            let label = format!("Confirm {} and continue", format::count(records, "record", "records"));
            let press = Press::new(&label).icon(icon::PLAY).why_not(unknown);
            let press = if deletes { press.danger() } else { press.primary() };
            if press
                .ui(ui)
                .on_hover_text("They are no longer in the source, and are changed as the step says")
                .clicked()
            {
                let agreed = options.unwrap_or_default().iter().cloned().map(|mut options| {
                    options.absent.confirm_above = options.absent.confirm_above.max(records);
                    options
                });
                go_on(draft, out, card, agreed.collect());
            }
        }
        Some(Wanted::MoreCalls(limit)) => {
            let press = Press::new("Raise the limit…").icon(icon::PLAY).primary().why_not(unknown);
            if press.ui(ui).clicked() {
                draft.run.limit = Some(enough(card, limit));
            }
        }
        None => {
            let rest = if card.waiting > 0 {
                format!("Continue with {}", format::count(card.waiting, "row", "rows"))
            } else {
                "Continue with the rest".to_owned()
            };
            if Press::new(&rest).icon(icon::PLAY).primary().ui(ui).clicked() {
                draft.run.stops = 0;
                out.push(Command::Continue(run));
            }
        }
    }
}

fn go_on(draft: &mut Draft, out: &mut Outbox, card: &RunCard, options: Vec<Options>) {
    draft.run.stops = 0;
    out.push(Command::AboutRun(RunAsk::GoOn { run: card.run.id, options }));
}

/// A limit that should do, judged by what the rows so far took.
fn enough(card: &RunCard, limit: u64) -> u64 {
    let done = card.tally.total().max(1);
    let rest = card.run.calls.max(1) * card.waiting / done;
    let wanted = card.run.calls.max(limit) + rest + rest / 4 + 20;
    wanted.div_ceil(50) * 50
}

/// Asks for the new limit.
pub(super) fn limit_ui(ui: &Ui, state: &State, draft: &mut Draft, out: &mut Outbox, card: &RunCard) {
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
        let options = state.running.options_of(card.run.id).unwrap_or_default().iter().cloned().map(|mut options| {
            options.budget.most_calls = Some(limit);
            options
        });
        go_on(draft, out, card, options.collect());
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
    let (text, hint) = match (wanted(card), cause.split_once(". ")) {
        (Some(_), Some((what, hint))) => (format!("{what}."), Some(hint)),
        _ if card.run.state == RunState::Incomplete && card.waiting > 0 => (stopped, Some(cause.as_str())),
        _ => (cause.clone(), None),
    };
    parts::banner_ui(ui, meaning, &sentence(&text), hint, |ui| {
        if let Some(Wanted::Agreement(records)) = wanted(card) {
            let show = format!("Show {}", format::count(records, "record", "records"));
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
