//! The calls and jobs that carried a row: what was sent for it and what came back, and the whole of it on demand.

use crate::connect::Exchange;
use crate::gui::command::{Command, Outbox};
use crate::gui::format;
use crate::gui::parts::{self, Press};
use crate::gui::theme::{self, Meaning, icon, tokens};
use crate::workspace::RowCarried;
use egui::{Id, Label, Margin, RichText, Ui};
use std::fmt::Write as _;

/// Most letters of a body that are shown; the rest can be copied.
const SHOWN: usize = 4_000;

pub(super) fn ui(ui: &mut Ui, out: &mut Outbox, carried: &[RowCarried]) {
    ui.add_space(8.0);
    parts::section_ui(ui, "Request and answer", |_| {});
    if carried.is_empty() {
        parts::note_ui(ui, Meaning::Plain, "Nothing was sent for this row");
    }
    for (at, one) in carried.iter().enumerate() {
        delivery_ui(ui, out, one, at);
        ui.add_space(2.0);
    }
}

/// One call or job.
fn delivery_ui(ui: &mut Ui, out: &mut Outbox, one: &RowCarried, at: usize) {
    let card = parts::card(ui).inner_margin(Margin::symmetric(12, 10));
    card.show(ui, |ui| {
        ui.set_width(ui.available_width());
        ui.spacing_mut().item_spacing.y = 6.0;
        match (&one.call, &one.job) {
            (Some(call), _) => call_head_ui(ui, one, call),
            (None, Some(job)) => job_head_ui(ui, out, one, job),
            (None, None) if one.sent.is_some() => {
                let text = format!("{} at {}, in a delivery to the database", one.action, format::exact(one.at));
                parts::note_ui(ui, Meaning::Plain, &text);
            }
            (None, None) => {
                let text = format!("{} at {}: its words are no longer kept", one.action, format::exact(one.at));
                parts::note_ui(ui, Meaning::Plain, &text);
            }
        }
        let names = if one.job.is_some() && one.call.is_none() {
            ("Its line of the job", "Its line of the result")
        } else {
            ("Sent for this row", "Answered for this row")
        };
        if let Some(sent) = &one.sent {
            text_ui(ui, out, names.0, sent, sent);
        }
        if let Some(heard) = &one.heard {
            text_ui(ui, out, names.1, heard, heard);
        }
        if let Some(call) = &one.call {
            whole_ui(ui, out, call, at);
        }
    });
}

/// Method, status and time of a call, and its address.
fn call_head_ui(ui: &mut Ui, one: &RowCarried, call: &Exchange) {
    ui.horizontal(|ui| {
        let good = (200..300).contains(&call.status);
        let (meaning, icon) = if good { (Meaning::Good, icon::CHECK) } else { (Meaning::Bad, icon::CIRCLE_X) };
        ui.label(theme::mono(&call.method).color(tokens(ui).strong));
        parts::pill_ui(ui, meaning, icon, &call.status.to_string());
        ui.label(theme::small(format!("{} ms", format::number(call.took_ms))).color(tokens(ui).quiet));
        let time = ui.label(theme::small(format::clock(one.at)).color(tokens(ui).quiet));
        time.on_hover_text(format::exact(one.at));
    });
    let path = theme::mono(&call.path).size(11.0).color(tokens(ui).text);
    ui.add(Label::new(path).truncate().selectable(true));
}

fn job_head_ui(ui: &mut Ui, out: &mut Outbox, one: &RowCarried, job: &str) {
    ui.horizontal(|ui| {
        ui.label(RichText::new(icon::INBOX).size(13.0).color(tokens(ui).quiet));
        ui.label(theme::medium(format!("Bulk job, {}", one.action)).color(tokens(ui).strong));
        let time = ui.label(theme::small(format::clock(one.at)).color(tokens(ui).quiet));
        time.on_hover_text(format::exact(one.at));
    });
    ui.horizontal(|ui| {
        ui.add(Label::new(theme::mono(job).color(tokens(ui).strong)).selectable(true));
        if Press::icon_only(icon::COPY, "Copy the job id").low().ui(ui).clicked() {
            out.push(Command::Copy(job.to_owned()));
        }
    });
}

/// The whole call, once it is asked for.
fn whole_ui(ui: &mut Ui, out: &mut Outbox, call: &Exchange, at: usize) {
    let id = Id::unique(("whole call", at, &call.path));
    let mut open = ui.data(|data| data.get_temp::<bool>(id)).unwrap_or(false);
    ui.horizontal(|ui| {
        let (word, icon) = if open {
            ("Hide the whole call", icon::CHEVRON_DOWN)
        } else {
            ("Show the whole call", icon::CHEVRON_RIGHT)
        };
        if Press::new(word).icon(icon).low().quiet().ui(ui).clicked() {
            open = !open;
            ui.data_mut(|data| data.insert_temp(id, open));
        }
        if Press::icon_only(icon::COPY, "Copy the whole call").low().ui(ui).clicked() {
            out.push(Command::Copy(whole(call)));
        }
    });
    if open {
        let request = body(&call.request);
        let head: String = call.headers.iter().fold(String::new(), |mut text, (name, value)| {
            // Writing into a text cannot fail.
            let _written = writeln!(text, "{name}: {value}");
            text
        });
        text_ui(ui, out, "Headers", head.trim_end(), head.trim_end());
        if !request.is_empty() {
            text_ui(ui, out, "Body", &cut(&request), &request);
        }
        let answer = body(&call.response);
        text_ui(ui, out, "Answer", &cut(&answer), &answer);
    }
}

fn text_ui(ui: &mut Ui, out: &mut Outbox, name: &str, shown: &str, all: &str) {
    ui.vertical(|ui| {
        ui.spacing_mut().item_spacing.y = 2.0;
        ui.horizontal(|ui| {
            ui.label(theme::small(name).color(tokens(ui).quiet));
            ui.with_layout(egui::Layout::right_to_left(egui::Align::Center), |ui| {
                let copy = format!("Copy: {name}");
                if Press::icon_only(icon::COPY, &copy).low().ui(ui).clicked() {
                    out.push(Command::Copy(all.to_owned()));
                }
            });
        });
        parts::well(ui).inner_margin(Margin::symmetric(8, 6)).show(ui, |ui| {
            ui.set_width(ui.available_width());
            ui.add(Label::new(theme::mono(shown).size(11.0).color(tokens(ui).text)).wrap().selectable(true));
        });
    });
}

/// The call and its answer as they went over the wire, the session masked.
fn whole(call: &Exchange) -> String {
    let mut text = format!("{} {}\n", call.method, call.path);
    for (name, value) in &call.headers {
        let _written = writeln!(text, "{name}: {value}");
    }
    let _written = write!(text, "\n{}\n\n{}\n\n{}\n", body(&call.request), call.status, body(&call.response));
    text
}

fn body(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// The beginning of a long text, and how much is left out.
fn cut(text: &str) -> String {
    match text.char_indices().nth(SHOWN) {
        None => text.to_owned(),
        Some((end, _)) => {
            let left = text[end..].chars().count() as u64;
            let left = format::count(left, "more character", "more characters");
            format!("{}… {left}. Copying takes all of it.", &text[..end])
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_long_body_is_cut_and_says_so() {
        let text = "ä".repeat(SHOWN + 7);
        let shown = cut(&text);
        assert!(shown.ends_with("7 more characters. Copying takes all of it."), "{shown}");
        assert_eq!(cut("short"), "short");
    }

    #[test]
    fn a_call_is_copied_as_it_went() {
        let call = Exchange {
            method: "POST".to_owned(),
            path: "/services/data".to_owned(),
            headers: vec![("Authorization".to_owned(), "Bearer ••••••".to_owned())],
            status: 200,
            took_ms: 4,
            request: b"{}".to_vec(),
            response: b"[]".to_vec(),
        };
        assert_eq!(whole(&call), "POST /services/data\nAuthorization: Bearer ••••••\n\n{}\n\n200\n\n[]\n");
    }
}
