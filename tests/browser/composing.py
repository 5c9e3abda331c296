"""What tests of the composer do alike: choosing a model, giving pictures, holding an answer back."""

from playwright.sync_api import expect

TURBO, Q1 = "viduq2_turbo_img2video", "viduq1_img2video"
STILLS = "viduq2_reference2image"
KINDS = {
    "viduq2_pro_fast_reference2video": "reference2video",
    "viduq2_reference2image": "reference2image",
}

HOLD_THE_NEXT_ANSWER = """path => {
    const {open, send} = XMLHttpRequest.prototype;
    XMLHttpRequest.prototype.open = function (method, url, ...more) {
        this.isAwaited = url === path;
        open.call(this, method, url, ...more);
    };
    XMLHttpRequest.prototype.send = function (body) {
        if (!this.isAwaited) return send.call(this, body);
        Object.assign(XMLHttpRequest.prototype, {open, send});
        const {onload} = this;
        this.onload = event => { window.release = () => onload.call(this, event); };
        send.call(this, body);
    };
}"""
GIVE = """async ([kind, target, name, width, height, text]) => {
    const canvas = Object.assign(document.createElement("canvas"), {width, height});
    canvas.getContext("2d").fillRect(0, 0, width / 2, height / 2);
    const bytes = await new Promise(done => canvas.toBlob(done, "image/png"));
    const given = new DataTransfer();
    given.items.add(new File([bytes], name, {type: "image/png"}));
    if (text) given.setData("text/plain", text);
    const about = {bubbles: true, cancelable: true};
    const event = kind === "paste"
        ? new ClipboardEvent("paste", {...about, clipboardData: given})
        : new DragEvent(kind, {...about, dataTransfer: given});
    (document.querySelector(target) ?? document.body).dispatchEvent(event);
    return event.defaultPrevented;
}"""


def take(page, model):
    """Picks the model from the list, as a mouse does."""
    page.locator("#model-button").click()
    page.locator(".model", has=page.locator(f"[value={model}]")).click()


def choose(page, model):
    kind = KINDS.get(model, "img2video")
    tab = page.locator(f"#kind-{kind}")
    if not tab.is_checked():
        tab.check(force=True)
        expect(page.locator("#fields.htmx-request, #fields.htmx-settling")).to_have_count(0)
    if not page.locator(f"input[name=model][value={model}]").is_checked():
        take(page, model)
    expect(page.locator(f"#options[data-model={model}]")).to_be_attached()
    expect(page.locator("#fields.htmx-request, #fields.htmx-settling")).to_have_count(0)


def give(page, kind, *, to="main", name="given.png", size=(900, 600), text=""):
    return page.evaluate(GIVE, [kind, to, name, *size, text])


def put_picture(page, pictures, name="rocket.jpg"):
    page.locator("#id_images").set_input_files(pictures[name])
    expect(page.locator("#field-images .shot[data-kept]")).to_have_count(1)
    expect(page.locator("#field-images .shot")).to_have_count(1)


def in_sight(page, selector):
    box = page.locator(selector).bounding_box()
    size = page.viewport_size
    inside = box["y"] >= 0 and box["y"] + box["height"] <= size["height"]
    return inside and page.locator(selector).evaluate(
        """part => {
            const {left, top, width, height} = part.getBoundingClientRect();
            const points = [[width / 2, 2], [width / 2, height - 3]];
            return points.every(([x, y]) => {
                const hit = document.elementFromPoint(left + x, top + y);
                return hit && (part.contains(hit) || hit.contains(part));
            });
        }"""
    )
