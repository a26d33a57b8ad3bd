"""Written fragments of customer messages: ``[a|b]`` offers a choice, ``{slot}`` takes a value."""

from __future__ import annotations


def _lines(block: str) -> tuple[str, ...]:
    return tuple(line.strip() for line in block.strip().splitlines())


CORES: dict[str, tuple[str, ...]] = {
    "refund_request": _lines("""
        I [want|would like|need] my money back for the {product}.
        [refund please|pls refund|refund me], order {order}
        Please [refund|reimburse] the {amount} I paid for the {product}, [I no longer need it|it is not what I expected|my wife already bought one].
        I am sending the {product} back and expect the full {amount} returned to my card.
        How do I [send this back|return this] and get my {amount}?
        This is not what the photo showed. Money back. Now.
        Would it be possible to return the {product} for [a full refund|my money]? It is still in its box.
        The {product} arrived {days} days late, the birthday is over, so I [just want|only want] the {amount} back.
        I don't want a replacement and I don't want a voucher, I want the [cash|money].
        It broke after {days} days and I have lost faith in the brand, so no repair please, give me back what I paid.
        You offered a coupon. I decline the coupon. [Kindly|Please] return {amount} to the account I paid from.
        Since the parcel never turned up I'd rather not wait for another one, please [reverse the payment|pay me back].
        Is a [size {size}|{colour} one] that doesn't fit covered by your returns policy? If so I'd like to start one and be paid back.
        I cancelled in time and was charged anyway; [I am asking for|I demand] the {amount} back.
        You now sell the {product} for {amount} less than I paid on {date}. I'd like the difference [back|returned].
        Can somebody [open|start] a return for {order}? [It doesn't suit our kitchen|We moved house|The colour is wrong].
        We were sold the {product} as new and it is clearly used, [I expect to be reimbursed|we want what we paid].
        [Honestly|Frankly] the {product} is [rubbish|a disappointment]. What do I have to do to get my {amount} back?
        My mother ordered the {product} by mistake and hasn't opened it, may she hand it back and have the sum repaid?
        Half of the set was missing, so I think it is fair to get half of the {amount} back.
        I'd like to use the 30 day guarantee on the {product}. [Where do I claim?|What are the steps?]
        Requesting reimbursement for order {order}, reason: [not as described|wrong colour|ordered twice by accident].
        Not happy with the {product}. Where is the return form?
        I paid for express and it took {days} days, please give me back the express fee.
        Took it out of the box once, hated it, boxed it up again. [Do you take it back?|Can I have the money instead?]
        If I drop the {product} at your {city} store, will they put the {amount} back on my card?
        The gift I bought was refused by the person I bought it for, so I'd like to [return it|give it back] for the price paid.
        I was promised a goodwill payment of {amount} on the phone and I'd like to claim it now.
        Please take the {product} off my hands, I want to be compensated in full.
        You sent me two and I only need one. I'll post the other back if you return its price.
        There is no way I am keeping this thing for {amount}, [sort out a refund|pay me back].
        Can I still return something bought on {date}? I would like the money, not store credit.
    """),
    "refund_status": _lines("""
        [Where is my refund|Any news on my refund|When do I get my refund]? Order {order}
        I sent the {product} back [on {date}|{days} days ago] and still [don't see|have not seen] the {amount}.
        You confirmed the return {days} days ago. [How much longer?|What is taking so long?]
        Tracking says the return parcel was delivered to your warehouse in {city} on {date}, has the money been released?
        Has the {amount} for {order} been [processed|sent|approved] yet?
        [Still no|no sign of my] money back for {order}
        Your colleague told me it would be on my card within {days} working days. It isn't.
        I'd [just like to check|like to know] how far you are with paying back the {product}.
        The app says "refund issued" but my bank says there is nothing. [Who is right?|Could you look?]
        I was promised {amount} on {date}. My account is still empty of it.
        Could you tell me the date on which the {amount} was [returned|credited]? I can't find it on my statement.
        Did my return arrive at your end? I am waiting for the {amount} before I order again.
        I got {amount} back but it should have been more, is the rest [still coming|on its way]?
        Waiting since {date} for what you owe me. Give me a date.
        To which card did you send the money back? The old one is closed and I don't see the {amount} on the new one.
        My order was cancelled {days} days ago by you, when does the payment come back to me?
        It has been [two weeks|a month|{days} days] since the courier picked up the {product}, and the {amount} has not come through.
        Is there a reference number for the reimbursement? My bank needs it to trace the transfer.
        You asked for a photo of the broken {product}, I sent it, you agreed to pay me back, and then silence.
        Can I see somewhere at which stage my [return|reimbursement] is?
        [Hello??|Anyone there?] Nothing has arrived on my account since your mail of {date} saying the sum was on its way.
        I would be grateful for an update on the repayment for the {product} that I handed in at {city}.
        How long do you normally take to pay back after a return is received?
        My claim from {date} was approved, yet the {amount} hasn't shown up.
        Just wondering whether the {amount} went to PayPal or to the card, I find it on neither.
        The return label says delivered. So why hasn't the [money|{amount}] been released?
        Third time I'm asking: status of the reimbursement for {order}, please.
        Do refunds get paid on weekends? Mine was due [yesterday|on {date}|{weekday}].
        I was told the credit takes {days} days, today is day {days2}.
        Pending for ages: {amount}, case from {date}. Has anyone approved it?
        Your mail said finance would transfer the sum by {weekday}. It's past {weekday} and my balance hasn't moved.
    """),
    "cancel_order": _lines("""
        [Please cancel|Cancel|I want to cancel|I'd like to cancel] order {order}.
        cancel it, wrong {product}
        I [changed my mind|no longer need it], please don't send the {product}.
        Can you stop order {order} before it ships?
        I ordered twice by accident. Please [drop|remove|cancel] the second one.
        The delivery date moved to {date} and that is too late for me, so [call the whole thing off|please cancel].
        How do I cancel? There is no button in the app.
        My {kid} ordered a {product} on my tablet without asking, [can you void that order|please stop it].
        Found it cheaper in {city}. Please scrap my order from {date}.
        If it hasn't left the warehouse, please don't ship it, I don't want it any more.
        I placed an order [ten minutes|an hour|a moment] ago and need to [withdraw|take it back].
        Kindly annul my purchase of the {product}; nothing has been dispatched yet according to the site.
        Is it too late to cancel {order}?
        You have kept me waiting for {days} days. Forget the order.
        I don't want to change the size or the colour, I want the order gone.
        Please withdraw {order}, our plans fell through.
        The event was called off, so the {product} we ordered is not needed. Could you take the order out of the system before you pack it?
        Stop the shipment of the {product} please, [we are moving|I lost my job|we got one as a present].
        I pressed buy by mistake!! [Undo it|Stop it|Can you delete that order] please
        I'm using my right to withdraw from the purchase made on {date}, goods not yet shipped.
        The preorder for the {product} keeps being postponed, I [am out|give up], take me off the list.
        Do I owe a fee if I pull out of the order for the {product} today?
        Since you cannot deliver to {city}, there is no point in keeping order {order} open.
        I want out of the monthly {product} box, last delivery please be the one of {date}.
        Your cancel link leads to an error page. I tried for order {order}, please do it for me.
        Instead of two separate orders I'd only keep the first. Kill the one with the {product}.
        [hi don't|don't|do not] send the {product}, thx
        The payment went through before I noticed the price. I don't want the {product} at {amount}, please stop everything.
        My husband already bought the {product} in town so yours is surplus, please halt the order.
        Can I get a confirmation that {order} will not be shipped? I tried to end it on the site yesterday.
        Please close order {order} without sending anything.
    """),
    "change_order": _lines("""
        Can I [change|swap|switch] the {product} to [{colour}|size {size}]?
        wrong address on {order}, should be {city}
        Please [send it to|ship to] my office in {city} instead of my home.
        I ordered one {product}, [make it two|please make that three].
        Could you [add|put] a {product2} to order {order} before it goes out?
        Please take the {product2} out of my order but keep the rest.
        I picked size {size} by mistake, [the other size please|one size up please].
        Is it still possible to [edit|modify|amend] my order from {date}?
        I'd like the {product} in {colour} rather than {colour2}, order not shipped yet.
        Don't cancel it, I only want a different delivery slot, {weekday} instead of {date}.
        Can I upgrade to express for {order}? I am happy to pay the difference.
        I forgot to [enter my flat number|put my company name on the label|apply the gift wrap]. Can you add it to the order?
        My [neighbour|sister] will take the parcel, please change the name on {order} to {name}.
        The order should go to {city}, not to my old flat, I only noticed after paying.
        Could you combine my two open orders into one shipment?
        Please replace the {product} in my basket order with a {product2}; I'll pay whatever is missing.
        Can the {product} be delivered to a pick-up point instead?
        We need the whole lot a week later, could you push the shipping date to {date}?
        I typed the postcode wrong!! [Fix it please|Please correct it] before it leaves
        Is there a way to change the quantity after ordering? I need {days} not one.
        I was thinking of cancelling, but if you can swap it for the {colour} version I'll keep it.
        Switch {order} to the bigger [model|size] please
        Could the {product} be engraved after all? I skipped that step when I ordered.
        On my order the phone number of the recipient is wrong, the courier needs this one: ends in {card}.
        I want to keep the order but split it: the {product} to me, the {product2} to my mother in {city}.
        Please correct the order, I meant the {product} with the [EU|UK] plug.
        I'd rather collect {order} in your {city} store myself.
        Leave out the gift card message please, and use the {colour} wrapping.
        The site won't let me edit {order}. I need a [different size|different colour|new delivery address].
        Can my monthly {product} box come every two months from now on?
        Before you pack it: [no plastic please|two separate boxes please|the {colour} one please], order {order}.
    """),
    "delivery_status": _lines("""
        [Where is my order|Where's my package|Where's my parcel|wheres my stuff]? {order}
        When will [my {product}|order {order}] [arrive|be delivered|get here]?
        Has my {product} [shipped|left the warehouse|been dispatched] yet?
        [Any update|News] on {order}?
        The tracking has not changed since {date}, is it still on its way?
        I need the {product} by {weekday}, will it make it?
        My tracking number does not show anything [yet|at all]. Is that normal on the first day?
        Should I stay at home on {date} for the parcel or will {carrier} leave it with a neighbour?
        I ordered {days} days ago. [What's the hold-up?|How long does it usually take?]
        It says "in transit" in {city}. Does that mean tomorrow?
        Which carrier brings {order}? I'd like to follow it.
        Could you kindly tell me the expected day of arrival for the {product}?
        You wrote that the order is on its way, but there was no tracking link in the mail. [Can I have it?|Please send it.]
        At what time does {carrier} come on {weekday}? I work until five.
        We leave for holidays on {date}, so I'd like to know whether the {product} comes before that.
        Is the preordered {product} still planned for {date}?
        My replacement {product} was promised after the first one was faulty. Has it gone out?
        still waiting for {order}, eta?
        According to the app {order} is being packed, since {days} days. When is it handed to {carrier}?
        My sister got hers on {date} and we ordered the same day, so mine can't be far, right?
        Just curious how far the {product} has come.
        One box of two came today. Is the second on its way in another van?
        Is there a delay in {city} because of the strike? My parcel was due {weekday}.
        I see a charge from {date}, so I suppose the {product} has been sent. When can I expect it?
        Do you know roughly when {order} reaches {city}?
        I can't log in at work to see the tracking, could you tell me where {order} is?
        Not urgent at all, I only wonder whether the {product} comes this week or next.
        Expected {date}, it's now {weekday}, no van so far. Is it out for delivery?
        Does customs hold my {product}? The last scan was {city}.
        Please send me the tracking [link|number|code] for {order}
        My neighbour says a van was on our street, was that {order} or is it due later?
    """),
    "delivery_problem": _lines("""
        It says delivered but [there is nothing here|I got nothing|nobody has seen a parcel].
        [box crushed|parcel soaked|box torn open], contents all over the van
        The courier [threw|dumped] my parcel over the fence into the rain.
        {carrier} claims nobody was home. I was sitting by the door all day!
        You sent my parcel to {city}, I live nowhere near {city}.
        I ordered a {product} and got a {product2}.
        One item is missing from the box: the {product}.
        Somebody called {name} signed for {order} and no such person lives here.
        My {product} arrived with the packaging ripped and [half the parts gone|the seal broken].
        The driver left the {product} with a neighbour who denies ever having it.
        Wrong parcel!! This one belongs to a {name} in {city}, mine is who knows where
        The parcel was returned to you because {carrier} couldn't find the house. We've lived here for {days} years.
        Tracking says lost in {city}. What now?
        It was left on the street in front of a block with sixty flats, and of course it was stolen.
        I received an empty box. I am not joking, an empty box, taped neatly.
        The pick-up point has no parcel for me although your mail says it is there.
        Your driver refused to carry the {product} up although I paid for delivery to the room.
        The {product} came {colour}, I had ordered {colour2}. Please send the right one.
        [Third|Second] failed delivery in a row, {carrier} doesn't even ring.
        Only one of the two parcels came and the carrier says the other one does not exist.
        The photo of the drop-off shows a door that isn't mine.
        The glass was in pieces when I opened the box, there was no padding whatsoever.
        I was asked to pay {amount} at the door for a parcel that was already paid.
        A neighbour found our {product} in the bin area, opened, wet.
        They delivered {order} twice. What should I do with the second box?
        {carrier} just put a card through my door saying address unknown. The address is right.
        Your carrier marked it as refused by me. I refused nothing and would like someone to bring it.
        parcel never came, status delivered, {order}
        I didn't get the whole order, [the {product} is not in the box|there should be a {product} too].
        The courier damaged our gate while unloading the {product}, I have pictures.
        The note says left in safe place, [there is no safe place|we looked everywhere], please investigate.
    """),
    "login_problem": _lines("""
        [I can't log in|can't sign in|cannot log in|login not working].
        My password is [not accepted|rejected] although I [just reset it|am certain it is right].
        The reset mail [never arrives|doesn't come], I checked spam.
        How do I reset my password? I forgot it.
        The app [throws me out|logs me out] every {days} minutes.
        I [got a new phone|changed my number] and the code goes to the old one.
        The site says "unknown user" with the address I have used for years.
        Locked out after three tries, [please unlock me|how long does it last?]
        After the update the app only shows a white page where I should enter my password.
        I can't get into my account to see my order {order}.
        The six digit code is always expired when I type it.
        The verification text message does not reach my phone in {city}.
        I made an account yesterday and the confirmation link is dead.
        Login with [Google|Apple|Facebook] sends me round in circles.
        I don't remember which email I signed up with, could be {email}.
        The captcha asks me for traffic lights forever and then says try again.
        My fingerprint isn't recognised in your app any longer and it won't take the PIN either.
        It works on my laptop, but on the phone it tells me wrong password.
        Whenever I try to pay it wants me to sign in again, and then the page just reloads.
        I wanted to change my delivery address but can't get past the password screen.
        password reset link broken, help
        I changed my email with you, and since then neither the old nor the new one lets me in.
        My mother, 82, typed the wrong password too often. How does she get back in?
        The page asks for a security question that I never set.
        Could you [send|mail] me a fresh link for setting a password? The last one ran out.
        No access to my account since {date}, it just says something went wrong.
        The sign-in button stays grey no matter what I type.
        Two accounts seem to exist under my name and I can only enter the empty one.
        I'd like to download an invoice but the customer area doesn't let me in.
        Am I banned or is your login down?
        I lost my authenticator app together with my phone, what can I do to get in?
    """),
    "account_security": _lines("""
        Someone [has hacked|got into|is using] my account!
        I got a [login alert|sign-in warning] from {city}, [that wasn't me|I have never been there].
        There is an order for a {product} in my account that I did not place.
        My email address in your system was changed, not by me.
        [I received|There was] a password reset mail which I never asked for.
        Please [freeze|block|lock] my account, my [phone|bag with my laptop] was stolen.
        Is this mail from you? It asks for my card number to release a parcel.
        How do I switch on two-step login?
        A delivery address in {city} appeared in my profile. I don't know anyone there.
        I want to see which devices are signed in and throw out the rest.
        A caller said he was from your support and wanted my code. I gave it. What now?
        Delete all the cards saved on my profile please, I don't trust it any more.
        My data seems to have leaked, I get spam at an address only you have.
        hacked, pls lock account
        Somebody ordered on my account for {amount}, sent to {city}, and I only saw because of the shipping mail.
        Please sign me out everywhere, I used a computer in a library in {city}.
        My ex partner knows my password, I'd like to keep them out of my account.
        I got a text with a login code at three in the morning. Should I be worried?
        Was I affected by the breach that was in the news?
        Your confirmation for {order} went to {name}, whose address was put on my account behind my back.
        I can still get in, but the name on the profile is not mine now.
        Do you ever ask for passwords by phone? Someone just did in your name.
        I'd like to report a fake shop that uses your logo and took {amount} from me.
        My loyalty points were spent in {city} while I was asleep at home.
        How can I make my account safer? A strong password alone makes me nervous.
        Please remove my account and everything you store about me, I no longer feel safe.
        I keep getting codes that I haven't requested, {days} since this morning.
        A refund of mine went to a bank account that isn't mine, someone must have changed the details.
        The link in your text about {order} looks like phishing, is it?
        I shared my password with a flatmate and now regret it. How do I get them out of the account?
        Strange activity on my profile since {date}: new address, new phone, none of it mine.
    """),
    "payment_problem": _lines("""
        I was charged [twice|two times|three times] for {order}.
        My card [was declined|is refused|isn't accepted], the bank says it is fine.
        payment failed but money gone
        PayPal [hangs|freezes|spins] and then says try later.
        You took {amount} from my account and I don't know what for.
        The voucher code {code} [does not work|is not accepted|says invalid] at checkout.
        I was charged {amount} although the site said less.
        Why does the checkout keep asking for my card when I want to pay by bank transfer?
        I paid by transfer on {date} and the order is still marked as unpaid.
        My gift card shows zero, it had {amount} on it yesterday.
        The instalment plan disappeared from the payment page. Can I still pay monthly?
        Payment page crashes when my bank asks for confirmation in its app.
        You sent a reminder for {order}. I paid it on {date}, please check your books.
        There's a pending amount of {amount} for an order which never went through.
        I was billed in dollars instead of euros, and my bank took a fee for it.
        The discount for students was not deducted, I paid the full {amount}.
        can't pay, error {card}
        I get to the last step, click pay, and nothing happens, tried two browsers and my daughter's phone.
        You charged my old card that I removed in spring.
        My direct debit bounced because you took it {days} days early.
        Shipping was supposed to be free above fifty, and yet you took {amount} for it.
        The subscription I ended in {month} was charged again this morning.
        Is it possible to pay half by gift card and half by card? The site won't let me.
        I entered my card three times and each time it says issuer unavailable.
        How do I pay for {order}? The link you mailed has run out.
        My bank shows two bookings of {amount} on {date}, there should be one.
        Collection letter over {amount}?! I have the receipt of my transfer right here.
        Why is there a charge from you on my statement when the order was cancelled before it was sent?
        Apple Pay says done, your shop says failed, my order is nowhere.
        I typed the wrong reference in the bank transfer, can you still match it to {order}?
        The price went up by {amount} between the basket and the receipt.
    """),
    "invoice_request": _lines("""
        [Please send me|I need|Could I get|Can you mail me] [the|an] invoice for {order}.
        invoice {order} pls
        My [accountant|tax adviser] needs a receipt for the {product}.
        The bill has my private name on it, it must be made out to our company in {city}.
        I can't find the invoice in the box [or in my mail|nor online].
        Please add our VAT number to the bill for {order}.
        I need proof of purchase for the {product}, the maker asks for it for the warranty.
        Could you issue one document for all orders in {month}?
        The VAT on your receipt is missing, my office won't accept it without.
        Where can I download [my receipts|past invoices|the bill]?
        For my insurance I have to show what the {product} cost and when I bought it.
        Kindly resend the bill from {date}, I deleted the mail.
        The address on the invoice is wrong, parcel and payment were fine, I only need the paper corrected.
        Can the receipt be in English? My employer in {city} can't read it.
        Do you send paper invoices by post? We are an old-fashioned office.
        We paid {amount} on {date} and our bookkeeping is still missing the document for it.
        I returned the {product} and need a credit note for my books, the money already came.
        Your invoice shows two lamps, we ordered and paid one. Please correct the document.
        Year end is coming, could I have all bills of this year in one file?
        I need a pro forma for the {product} so that my boss can approve it.
        Please put the purchase order number {card} on the bill, otherwise it gets rejected by finance.
        The PDF you attached won't open. Could you send the bill again?
        receipt for {product} missing, need it for taxes
        Is the order confirmation enough for the tax office or do you give out a proper bill?
        The invoice is dated {date} but has to carry the delivery date as well, says our auditor.
        I paid as a guest without an account, how do I get hold of my receipt?
        Please split the bill for {order} in two, one for the {product}, one for the {product2}.
        I'd be glad about a duplicate of the bill, the dog ate the original, truly.
        To be reimbursed by my employer I need a receipt with my name, for {amount}.
        From now on please mail every bill to {email}.
        A gift receipt without the price would be great for the {product}, is that possible?
    """),
    "faulty_product": _lines("""
        My {product} [stopped working|is broken|died] after {days} days.
        {product} [won't turn on|doesn't switch on|is dead]
        The {product} makes a [horrible noise|grinding noise|burning smell] whenever I use it.
        A [button|screw|hinge|handle] of the {product} came off on first use.
        How do I claim under the warranty? The {product} gave up on {date}.
        I followed the manual to the letter and the {product} still does nothing.
        The {product} [works for ten minutes and then cuts out|keeps switching itself off].
        Can the {product} be repaired? I like it and don't want to part with it.
        It leaks. The {product} leaks from the bottom, every single time.
        The seam of the {product} tore within {days} days of normal wear.
        Is there a trick to get the {product} going again? The light blinks {colour} and that's all.
        I need a spare part for my {product}, the [lid|cable|battery cover] has a crack.
        The {product} arrived on time and in perfect packaging, but it has never worked properly.
        The second {product} you sent has precisely the same defect as the first.
        Battery of the {product} is flat after [an hour|half a day], the website said two days.
        Since yesterday the display of the {product} has lines through it.
        I don't need a refund, I need a {product} that functions. Please exchange it.
        My {product} overheats so much that I'm afraid to leave it plugged in.
        Paint is coming off the {product}, and I've had it since {month}.
        The {product} no longer connects to my phone, I reset it {days} times.
        defective {product}, order {order}, repair or swap?
        The zip got stuck for good on our second trip to {city}.
        The thing wobbles, one leg is shorter than the others.
        You repaired my {product} in {month} and now the same fault is back.
        A week out of warranty and the {product} breaks, can you do something anyway?
        Where do I send the {product} for repair, and how long will I be without it?
        The charger hums and gets hot, is that dangerous?
        It was fine in the shop and at home it only beeps. I'm at my wits' end with this {product}.
        The colour of the {product} ran in the first wash and ruined two shirts.
        After the last software update my {product} is a brick.
        {product} arrived in one piece, lasted till {weekday}, now it just clicks
    """),
    "product_question": _lines("""
        Does the {product} come in [{colour}|size {size}|a bigger size]?
        Is the {product} [waterproof|dishwasher safe|suitable for children]?
        When will the {product} be back in stock?
        is {product} still available
        What are the dimensions of the {product}? My shelf is narrow.
        Does the {product} work with [an iPhone|Android|a 110 volt socket]?
        What's the difference between the {product} and the {product2}, apart from the price?
        I am looking for a present for my {kid}. Would you recommend the {product}?
        How long is the warranty on the {product}? I haven't bought it yet.
        Do you ship the {product} to {city}, and what would it cost? Just asking before I order.
        Is the {amount} price for the {product} with or without tax?
        Can I try the {product} in your {city} shop?
        Which size should I take if I'm between {size} and the next one?
        Is the battery of the {product} replaceable? I don't want another thing I have to throw away.
        What is the {product} made of? I'm allergic to nickel.
        Will there be a discount on the {product} [soon|around {date}|in {month}]?
        Does it come with a cable or do I have to buy that separately?
        If I buy the {product} and don't like it, how many days do I have to send it back?
        Could you tell me where the {product} is produced?
        I read that the older {product} had a fault with the switch. Has that been solved in the new one?
        Are spare filters for the {product} easy to find?
        How loud is the {product}? Our walls are thin.
        manual for {product} in English?
        Do I need an account to buy the {product}, and can I pay on delivery?
        How heavy is the {product} in its box? I'd carry it home on the train from {city}.
        Do you have a {product} without all the app nonsense?
        The picture shows a {colour} strap but the text says {colour2}. Which one is right?
        Can the {product} stay outside in winter?
        For a flat of sixty square metres, is the {product} strong enough or should I look at the {product2}?
        Do you give a better price if we take {days} of the {product} for our office?
        Is it true that the {product} will be replaced by a new model in {month}?
    """),
}

PLAIN: dict[str, tuple[str, ...]] = {
    "refund_request": _lines("""
        I'd like [a refund|to be refunded|a full refund] for [the {product}|order {order}|my {product}], [I am not happy with it|it doesn't fit|it's not for me].
        Can I get [a refund|my money back|the {amount} refunded]? The {product} [is not as described|is too small|isn't what I ordered it for].
        How can I [request|ask for|claim] a refund for [the {product}|{order}]?
        I want to return the {product} [and get a refund|for a refund|and be refunded in full].
        Please refund [order {order}|the {product}|my {amount}], I [have sent you the reasons twice|am returning it tomorrow|don't want it any more].
        The {product} is [awful|useless|not worth the price] and I want [a refund|my money back].
        i want [my money back|a refund] for the {product}
        Would you please refund me [the {amount}|for the {product}]? I [will post it back|can return it] [this week|on {weekday}].
    """),
    "refund_status": _lines("""
        [When will|When does] my refund [arrive|come through|get paid|show up]? I returned the {product} on {date}.
        I'm [still waiting|waiting] for my refund [of {amount}|for the {product}|from {date}].
        What is the status of my refund [for {order}|of {amount}|for the {product}]?
        My refund [has not arrived|hasn't come|is still missing] [after {days} days|and it was approved on {date}].
        [Has my refund been processed|Was my refund sent|Did you already issue my refund] for {order}?
        You [approved|confirmed|promised] my refund [on {date}|{days} days ago], why is it [not on my account|still pending|not here] yet?
        refund for {product} [still pending|not received|not arrived], how long [does it take|more]?
        I [returned|sent back] the {product} {days} days ago and the refund [still hasn't arrived|is nowhere to be seen].
    """),
    "cancel_order": _lines("""
        I [want|need|would like] to cancel [my order|order {order}|the {product} I ordered].
        Can you [please|kindly] cancel my order [{order}|for the {product}]? I [don't need it any more|changed my mind].
        How [do I|can I] cancel [an order|my order|order {order}] [I placed on {date}|that hasn't shipped]?
        Please cancel my [order|purchase] [of the {product}|{order}] before it [ships|is sent|leaves].
        Is it [possible|too late] to cancel [my order|{order}]? I [found it cheaper|ordered by mistake].
        cancel my order [{order}|for the {product}] [please|now|immediately]
        I [ordered a {product} by mistake|accidentally ordered a {product}], cancel the order please.
        I no longer want the {product} I ordered [on {date}|yesterday], please cancel [it|the order].
    """),
    "change_order": _lines("""
        I [need|want|would like] to change [my order|order {order}]: [{colour} instead of {colour2}|size {size}|two instead of one].
        Can I change the [delivery address|shipping address|size|colour|quantity] [on|of] [my order|order {order}]?
        Please change the [address|delivery address] of {order} to [my new place in {city}|my office in {city}].
        Is it possible to [change|modify|update] my order [{order}|from {date}]? I chose the wrong [size|colour|address].
        I'd like to [add a {product2} to|add another {product} to|remove the {product2} from] my [existing order|order {order}].
        I [picked|entered|selected] the wrong [colour|size|address] for the {product}, can you [update|change] my order?
        change [order {order}|my order] to [size {size}|{colour}|two pieces] please
        Could you update the [shipping address|delivery date|quantity] on my order for the {product}?
    """),
    "delivery_status": _lines("""
        When will my [order|package|parcel|{product}] [arrive|be delivered]? I ordered [on {date}|{days} days ago].
        Where is my [order|package|parcel|{product}] [now|at the moment|right now]?
        Can you [tell me|check] [the status of my delivery|where my parcel is|when my order arrives]? It is {order}.
        Has my order [{order}|for the {product}] [been shipped|shipped|been dispatched] yet?
        What is the [expected|estimated] delivery [date|day] for [{order}|my {product}]?
        I'd like to [track|follow] my [order|parcel|package] {order}, where is it?
        when is my [parcel|{product}|order] [coming|arriving]
        My {product} was [supposed|due] to arrive on {date}, when will it be [here|delivered]?
    """),
    "delivery_problem": _lines("""
        My parcel is [marked as delivered|shown as delivered] but [I never received it|it never arrived|it is not here].
        The package [arrived damaged|was damaged on the way|came open], the box was [crushed|wet|torn].
        I received the wrong [item|parcel|product], I got a {product2} instead of the {product}.
        The courier [left my parcel in the rain|delivered my package to the wrong address|gave my package to a stranger].
        [Part|Half] of my order is missing from the [box|parcel|package], there is no {product} in it.
        My package was [lost|stolen from the doorstep|delivered to someone else], what [happens|do we do] now?
        {carrier} says it delivered [{order}|my parcel], but nothing [came|was delivered] to my [house|door].
        wrong item in the [box|package], [ordered a {product}|should be a {product}]
    """),
    "login_problem": _lines("""
        I [can't|cannot|am not able to] log in to my account, [it says wrong password|it shows an error|the password is rejected].
        I forgot my password and the reset [email|link|mail] [doesn't arrive|does not work|has expired].
        [Login|Logging in|Signing in] [fails|doesn't work] [on my phone|in the app|on the website] since {date}.
        My account is [locked|blocked] after too many [login attempts|wrong passwords], how do I get back in?
        I can't sign in because the [verification code|login code] [never arrives|doesn't come|isn't accepted].
        How can I [reset my password|recover my password|get back into my account]? I can't log in.
        can't log in [to the app|to my account], [password wrong|error every time]
        The app won't let me log in [with my email|since the update|on my new phone].
    """),
    "account_security": _lines("""
        I think my account [has been hacked|was hacked|is compromised], please [lock it|block it|help].
        Someone [logged in to my account|accessed my account|changed my email and password] without my permission.
        I [got|received] a suspicious [email|text|call] [asking for my password|pretending to be from you], is it [a scam|phishing]?
        There was a login to my account from {city} [that was not me|I don't recognise].
        Somebody [used my account|hacked my account] to order a {product}, I didn't do that.
        How do I [turn on|enable|set up] two-factor authentication to [protect|secure] my account?
        [unknown|strange] login on my account from {city}, [i was hacked|please block it]
        I'm worried about the security of my account, [someone knows my password|there was an unknown device signed in].
    """),
    "payment_problem": _lines("""
        My payment [failed|was declined|doesn't go through] when I tried to [pay|check out|buy the {product}].
        I was charged twice [for the same order|for {order}|for the {product}], {amount} each time.
        My [credit card|debit card|card] [is declined|was rejected] at checkout, [but there is enough money on it|why].
        I was [overcharged|charged too much], {amount} was taken [for {order}|from my card].
        I can't pay [for my order|with my card|with PayPal], the payment page [shows an error|crashes].
        There is a [charge|payment] of {amount} on my [card|bank statement] [I don't understand|that is wrong].
        payment [declined|failed] [again|three times], card [is fine|works elsewhere]
        My [discount code|voucher|gift card] is not [accepted|applied] when I pay for the {product}.
    """),
    "invoice_request": _lines("""
        [Can|Could] you [send|email] me [an invoice|the invoice|a receipt] for [order {order}|the {product}|my purchase of {date}]?
        I need [an invoice|a VAT invoice|a receipt] for [my company|my taxes|my accountant], order {order}.
        I [didn't get|never received|can't find] [the invoice|a receipt|my invoice] for [order {order}|the {product}].
        Where can I [find|download|get] the invoice for [{order}|my order|the {product}]?
        Please [correct|change] the [company name|address|VAT number] on [the invoice|my invoice] for {order}.
        Please [send|email] [the invoice|a copy of the invoice|the receipt] [to {email}|as a PDF].
        [need|missing] invoice for {product}, [for my company|for taxes]
        The invoice for {order} [is missing the VAT|has the wrong company name|has an error], please issue a new one.
    """),
    "faulty_product": _lines("""
        The {product} [is defective|is faulty|doesn't work], can you [repair|replace|exchange] it?
        My {product} [broke|stopped working|quit] after [{days} days|two weeks|a month] [of normal use|of use].
        The {product} I bought [won't turn on|has a defect|is not working properly] [any more|at all].
        I have a [problem|fault] with my {product}, it [keeps switching off|won't charge|makes a strange noise].
        My {product} is [broken|faulty] and still under warranty, [how do I get it repaired|can I have a new one]?
        The {product} [overheats|gets far too hot|leaks|rattles] [every time I use it|after a few minutes].
        {product} [broken|defective|not working] after {days} days, [warranty|please replace it]
        A part of my {product} [snapped|broke off|cracked], [do you have a spare|can it be fixed]?
    """),
    "product_question": _lines("""
        Is the {product} [available|in stock|sold] [in {colour}|in size {size}|in {city}]?
        Before I buy the {product}, [how big is it|how heavy is it|what is it made of]?
        Does the {product} [have|come with] [a carry case|a longer cable|a two year guarantee]?
        I'm [thinking of buying|interested in|considering] the {product}, is it [suitable for a small flat|good for beginners|easy to clean]?
        What [size|colours|material] does the {product} [come in|have]?
        Which {product} [do you recommend|would you suggest] for [a family of four|a beginner|travelling]?
        [what are|tell me] the [measurements|dimensions|features] of the {product}
        Can you tell me more about the {product}, [is it waterproof|how long does the battery last|is it machine washable]?
    """),
}

BACKGROUND: dict[tuple[str, ...], tuple[str, ...]] = {
    ("refund_request", "refund_status"): _lines("""
        The {product} cost me {amount}.
        It was a return because the size was wrong.
        I posted it at the office in {city} and kept the slip.
        The {product} did not match the description.
        I paid by card on {date}.
    """),
    ("cancel_order", "change_order"): _lines("""
        I ordered on {date}, number {order}.
        The status still says processing.
        I noticed my mistake a minute after paying.
        Your chat robot was no use at all.
        The warehouse has not packed it yet as far as I can see.
    """),
    ("delivery_status", "delivery_problem"): _lines("""
        {carrier} has the parcel according to your mail.
        The order is a {product}, number {order}.
        I was home all {weekday}.
        The last scan was in {city} on {date}.
        It should have been here by {date}.
    """),
    ("login_problem", "account_security"): _lines("""
        My account is under {email}.
        I changed my password on {date}.
        There was a mail with a code.
        I use the app on my phone and the site on my laptop.
        I have been a member for {days} years.
    """),
    ("payment_problem", "invoice_request"): _lines("""
        The sum is {amount}, dated {date}.
        It is about order {order}.
        We are a small firm in {city}.
        I paid with the card ending in {card}.
        The bank statement shows {amount}.
    """),
    ("faulty_product", "product_question"): _lines("""
        It is the {colour} {product}.
        I read the manual twice.
        I saw it in your shop in {city}.
        A friend has the same {product} and loves it.
        It would be for our kitchen.
    """),
}

CONTEXT = _lines("""
    The delivery itself was quick, no complaints there.
    I've been a customer since {year} and never had to write before.
    My last refund took ages but that is another story.
    I already tried the chat and the phone, twenty minutes of music.
    My neighbour had the same with another shop.
    I can't log in to the help page so I write here.
    I ordered a {product2} too, that one is fine.
    Sorry if this is the wrong department.
    We've just moved from {city} so everything is a bit chaotic.
    I know you are busy before the holidays.
    My order history is correct, by the way, and so is my address.
    The invoice was in the mail, thanks for that.
    I paid on the spot, as always.
    Your colleague {name} was very kind on the phone.
    I nearly cancelled everything out of anger last night.
    I'm writing from my phone on the train, excuse the spelling.
    The tracking was perfect this time, I must say.
    My {kid} says I should just leave a bad review.
    I did change my password last week, in case that matters.
    I bought it for my {kid}'s birthday on {date}.
    My English is not the best, I hope it's clear.
    Last year in {city} your shop solved something like this in a minute.
    We had the painters in all week and I only got round to this now.
    The card I use is the one ending in {card}.
    I'm not after a refund or anything like that, unless you tell me otherwise.
    I saw on your site that returns are free, nice.
    The {product2} I got from you in {month} still works like a charm.
    It was a gift, so please don't mail my {kid} about it.
""")

OPENERS = _lines("""
    Hi,
    Hello,
    Hello there,
    hey,
    Good morning,
    Good evening,
    Dear team,
    Dear Sir or Madam,
    To whom it may concern,
    Hi {name},
    Hello again,
    Sorry to bother you,
    Quick one:
    So,
    Excuse me,
    I hope you're well.
    ok so,
    Not sure who to ask.
    First of all thanks for the great shop.
    I'm writing for the second time.
    Re: {order}.
""")

CLOSERS = _lines("""
    Thanks
    Thank you!
    thx
    Many thanks, {name}
    Kind regards, {name}
    Best, {name}
    Please help.
    Please answer quickly.
    Can someone call me back?
    Cheers
    Please advise.
    What should I do?
    Looking forward to your reply.
    No rush.
    Let me know.
    asap please
    Order number is {order} if you need it.
    You can reach me at {email}.
    Thanks for your patience with me.
    Have a nice {weekday}.
    Sent from my phone
""")

ANGRY_OPENERS = _lines("""
    Right, I've had enough.
    This is ridiculous.
    Unbelievable.
    Seriously?
    Third message now.
""")

ANGRY_CLOSERS = _lines("""
    I expect an answer today.
    I'm really disappointed.
    Worst service ever.
    I won't buy here again.
    !!!
    Sort it out.
    What a joke.
""")

CALM = ("product_question", "invoice_request", "change_order")
"""Classes of people who ask for something and have no complaint."""

ELECTRIC = tuple(
    [
        "desk lamp",
        "coffee grinder",
        "air fryer",
        "toaster",
        "speaker",
        "kettle",
        "e-reader",
        "electric toothbrush",
        "hair dryer",
        "blender",
        "monitor",
        "keyboard",
        "smart watch",
        "baby monitor",
        "vacuum cleaner",
        "fan heater",
        "rice cooker",
        "drill",
        "router",
        "lawn mower",
        "printer",
    ]
)
FABRIC = tuple(
    [
        "rain jacket",
        "winter coat",
        "backpack",
        "sleeping bag",
        "sofa cover",
        "camera bag",
        "suitcase",
        "wool jumper",
        "pair of boots",
        "ski jacket",
        "tent",
        "duvet",
        "sun hat",
    ]
)
HOUSEHOLD = tuple(
    [
        "office chair",
        "yoga mat",
        "bike helmet",
        "mirror",
        "bookshelf",
        "garden hose",
        "coffee table",
        "frying pan",
        "cot",
        "bird feeder",
        "ironing board",
        "wine rack",
    ]
)

ONLY_FOR: tuple[tuple[str, tuple[str, ...]], ...] = (
    (
        r"size|fit\b|\bworn|\bwear\b|\bstrap",
        ("rain jacket", "winter coat", "wool jumper", "pair of boots", "ski jacket", "sun hat"),
    ),
    (r"\bleaks|dishwasher", ("kettle", "rice cooker", "blender", "frying pan", "air fryer")),
    (
        r"display|connects? to my phone|software|iPhone|app nonsense",
        ("smart watch", "speaker", "e-reader", "baby monitor", "printer", "router"),
    ),
    (
        r"wobbles|leg is|shelf is",
        ("office chair", "bookshelf", "coffee table", "ironing board", "wine rack"),
    ),
    (r"seam|wash|zip |machine washable", FABRIC),
    (r"filter|strong enough", ("vacuum cleaner", "fan heater", "air fryer")),
    (
        "turn on|switch|won't charge|charger|batter|overheat|hot\\b|plug|beeps|blinks|noise|smell|cuts out|cable|"
        "How loud|functions|clicks|stopped working|is dead|never worked|does nothing|going again|brick|"
        "repaired|software|volt|not working|not properly|doesn't work|\\bdied|\\bquit|\\bused? it|manual",
        ELECTRIC,
    ),
)
"""What a text mentions and the products that it can be about; the first match counts."""

SLOTS: dict[str, tuple[str, ...]] = {
    "product": ELECTRIC + FABRIC + HOUSEHOLD,
    "colour": ("black", "white", "navy", "red", "green", "grey", "beige", "yellow", "teal"),
    "size": ("S", "M", "L", "XL", "38", "40", "42", "9"),
    "city": tuple(
        [
            "Leeds",
            "Dublin",
            "Austin",
            "Leipzig",
            "Turin",
            "Bristol",
            "Ghent",
            "Porto",
            "Boston",
            "Malmo",
            "Cardiff",
            "Lyon",
            "Perth",
            "Denver",
            "Utrecht",
            "Galway",
            "Krakow",
            "Toronto",
        ]
    ),
    "carrier": ("the courier", "the postman", "DHL", "UPS", "DPD", "the driver", "FedEx"),
    "weekday": ("Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday"),
    "month": ("January", "March", "April", "June", "August", "October", "November"),
    "name": tuple(
        [
            "Priya",
            "Tom",
            "Marta",
            "J. Okafor",
            "Ms Lindqvist",
            "Dave",
            "Aisha",
            "Kenji",
            "Sofia",
            "Paul R.",
            "Mrs Haines",
            "Luca",
            "Wei",
            "Grace",
            "Hamid",
            "Ewa",
        ]
    ),
    "kid": ("son", "daughter", "nephew", "niece", "grandson"),
    "year": ("2014", "2016", "2017", "2019", "2021"),
    "code": ("SPRING15", "WELCOME10", "FRIEND20", "SUMMER5"),
}
