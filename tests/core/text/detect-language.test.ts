import { expect, test } from 'vitest';
import { detectLanguage } from '../../../src/core/text/detect-language';

/** Short messages as people write them to a shop or a service. */
const MESSAGES: Record<string, string[]> = {
  en: [
    'where is my new card?',
    'I want my money back',
    'the app crashes when I open it',
    'u there? call me when free ok',
  ],
  de: ['ich möchte meine Bestellung stornieren', 'wo bleibt mein Paket?', 'die Karte funktioniert nicht mehr'],
  pl: ['gdzie jest moja paczka?', 'chcę zwrot pieniędzy za buty', 'nie mogę się zalogować od wczoraj'],
  fr: ['je ne peux plus me connecter depuis hier', 'où est mon colis ?', 'le mot de passe est refusé'],
  es: ['quiero cancelar mi pedido por favor', 'no puedo entrar en mi cuenta', '¿dónde está mi tarjeta nueva?'],
  it: ['non riesco ad accedere al mio conto', 'vorrei annullare il mio ordine'],
  ru: ['где моя посылка, заказ был неделю назад', 'не могу войти в личный кабинет'],
  tr: ['siparişimi iptal etmek istiyorum', 'kartım hâlâ gelmedi'],
  ja: ['新しいカードが届きません', 'パスワードを忘れました', '返品したい'],
  zh: ['验证码收不到', '手机壳送错了地址', '退款'],
  ko: ['환불하고 싶어요', '반품'],
  ar: ['أريد استرداد أموالي من فضلك', 'أين طلبي الجديد؟'],
  am: ['ጥቅሉ አልደረሰም'],
  el: ['πού είναι το δέμα μου'],
};

test.each(Object.entries(MESSAGES))('messages in %s are told', (code, messages) => {
  expect(messages.map(detectLanguage)).toEqual(messages.map(() => code));
});

test('what is too short, or no language at all, is not clear rather than exotic', () => {
  const texts = [
    'ok',
    'Danke',
    'refund',
    'password',
    'iPhone 12',
    'Amazon prime',
    '',
    '   ',
    '12,50 €',
    ':-) !!!',
    'lol',
    '是',
  ];
  for (const text of texts) expect([text, detectLanguage(text)]).toEqual([text, null]);
});

test('addresses tell nothing of a language', () => {
  expect(detectLanguage('https://example.org/ich-moechte-meine-bestellung-stornieren a@ich-moechte-das.de')).toBeNull();
  expect(detectLanguage('please look at https://beispiel.de/ich-moechte-meine-bestellung-stornieren again')).toBe('en');
});

test('a text is told by its beginning, however long it is', () => {
  const end = 'Ich möchte gerne wissen, wo mein Paket geblieben ist. '.repeat(100_000);
  expect(detectLanguage(end)).toBe('de');
  expect(detectLanguage('I would like to know where my parcel is. '.repeat(10) + end)).toBe('en');
  expect(detectLanguage('x'.repeat(5_000_000))).toBeNull();
});
