mod mount;
mod policy;

use mount::mount;
use policy::operations::GetAudio;
use policy_core::handlers;

fn main() {
    mount(handlers![]);
    mount(handlers![|| ()]);
    mount(handlers![pending!(GetAudio)]);
    mount(handlers![pending!(GetAudio, "")]);
    mount(handlers![elsewhere!(GetAudio)]);
    mount(handlers![elsewhere!(GetAudio, " ")]);
    mount(handlers![elsewhere!(GetAudio, "the old routes", before = "2027-06-30")]);
    mount(handlers![elsewhere!(GetAudio, "the old routes", until = 2027)]);
    mount(handlers![elsewhere!(GetAudio, "the old routes", until = "2027-06-30", old_audio)]);
    mount(handlers![list.wrap(limit)]);
    mount(handlers![list.layer(limit, timeout)]);
    mount(handlers![list().layer(limit)]);
    mount(handlers![todo!(GetAudio, "moves in March")]);
}
