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
    mount(handlers![todo!(GetAudio, "moves in March")]);
}
