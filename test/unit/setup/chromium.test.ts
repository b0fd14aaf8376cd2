import { ensureChromium } from '../../setup/chromium';

test('a browser that is named is used, and one that can not be run is named in the error', async () => {
  expect(await ensureChromium({ CHROMIUM_PATH: process.execPath })).toBe(process.execPath);
  await expect(ensureChromium({ CHROMIUM_PATH: '/nowhere/chromium' })).rejects.toThrow(
    'CHROMIUM_PATH: /nowhere/chromium is not a program that can be run.',
  );
});
